import { type BuildAppOptions, buildApp } from 'fauxqs';
// Imports internal modules: the public API of fauxqs gives access to its store only with a server on every interface.
import { SqsStore } from '../../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import type { SqsMessage } from '../../../node_modules/fauxqs/dist/sqs/sqsTypes.js';
import type { Engine } from '../../aws/engine.ts';
import type { Service } from '../../aws/request.ts';
import { keepMessages } from './kept-messages.ts';
import { withTraceHeaders } from './trace-headers.ts';

/** A message on a queue. Times are epoch milliseconds. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  /** How often it was received. */
  readonly receives: number;
  /** Until when it is hidden, if it is. */
  readonly hiddenUntil: number | undefined;
}

export interface QueueContents {
  readonly messages: readonly QueuedMessage[];
  readonly retentionMs: number;
  /** How often a message is received before it moves to the dead-letter queue, if there is one. */
  readonly receivesAtMost: number | undefined;
}

export interface SqsEngine extends Engine {
  /** All messages of a queue, without receiving them. */
  contentsOf(queueName: string): QueueContents;

  /** The number of visible and of received messages, and the age of the oldest message in milliseconds, including those in flight. */
  depthOf(queueName: string): { readonly visible: number; readonly hidden: number; readonly oldestMs: number };
}

/**
 * SQS in this process, not reachable from outside.
 *
 * @param dataDir the folder that keeps messages across restarts (default: in memory)
 */
export const startSqs = async (region: string, dataDir: string | undefined): Promise<SqsEngine> => {
  const sqsStore = new SqsStore();
  const kept = dataDir ? keepMessages(sqsStore, dataDir) : undefined;
  // The other stores are optional, contrary to the types of fauxqs.
  const stores = { sqsStore } as NonNullable<BuildAppOptions['stores']>;
  const app = buildApp({ logger: false, defaultRegion: region, stores });
  const answer: Service = async ({ action, headers, body }) => {
    // fauxqs makes messages visible again only on the next receive; their count needs it too.
    if (action === 'GetQueueAttributes') sqsStore.processAllTimers();
    const {
      statusCode,
      headers: answered,
      rawPayload,
    } = await app.inject({
      method: 'POST',
      url: '/',
      headers: {
        host: headers.host ?? '',
        'content-type': headers['content-type'] ?? '',
        'x-amz-target': headers['x-amz-target'] ?? '',
      },
      payload: body,
    });
    const kept = ['content-type', 'x-amzn-query-error'].flatMap((name) =>
      answered[name] ? [[name, String(answered[name])]] : [],
    );
    return { status: statusCode, headers: Object.fromEntries(kept), body: rawPayload };
  };
  return {
    serve: withTraceHeaders(withUrlsOfThisRun(answer)),
    stop: async () => {
      // First, so that a pending receive cannot take a message that the next run would then miss.
      kept?.close();
      await app.close();
    },
    contentsOf: (queueName) => {
      const { attributes = {}, messages: { ready = [], delayed = [], inflight = [] } = {} } =
        sqsStore.inspectQueue(queueName) ?? {};
      const now = Date.now();
      const resting = [...ready, ...delayed].map((message) => queued(message, message.delayUntil, now));
      const taken = inflight.map(({ message, visibilityDeadline }) => queued(message, visibilityDeadline, now));
      const { maxReceiveCount } = JSON.parse(attributes.RedrivePolicy ?? '{}');
      return {
        messages: [...resting, ...taken],
        retentionMs: Number(attributes.MessageRetentionPeriod) * 1_000,
        receivesAtMost: maxReceiveCount === undefined ? undefined : Number(maxReceiveCount),
      };
    },
    depthOf: (queueName) => {
      const now = Date.now();
      const { ready = [], delayed = [], inflight = [] } = sqsStore.inspectQueue(queueName)?.messages ?? {};
      const due = delayed.filter(({ delayUntil = 0 }) => delayUntil <= now);
      const returned = inflight.filter(({ visibilityDeadline }) => visibilityDeadline <= now);
      const sent = [...ready, ...due, ...inflight.map(({ message }) => message)].map(({ sentTimestamp }) => sentTimestamp);
      return {
        visible: ready.length + due.length + returned.length,
        hidden: inflight.length - returned.length,
        oldestMs: sent.reduce((oldest, at) => Math.max(oldest, now - at), 0),
      };
    },
  };
};

const queued = (
  { messageId, body, sentTimestamp: sentAt, approximateReceiveCount: receives }: SqsMessage,
  until: number | undefined,
  now: number,
): QueuedMessage => ({ messageId, body, sentAt, receives, hiddenUntil: until !== undefined && until > now ? until : undefined });

const NAME_QUEUES = ['CreateQueue', 'GetQueueUrl', 'ListQueues'];

// Kept queues have the URL of the run that created them, and the host name of any URL may not resolve on every machine.
const withUrlsOfThisRun =
  (serve: Service): Service =>
  async (request) => {
    const answer = await serve(request);
    if (!NAME_QUEUES.includes(request.action)) return answer;
    return { ...answer, body: answer.body.toString().replace(/http:\/\/[^/"]+\//g, `http://${request.headers.host}/`) };
  };

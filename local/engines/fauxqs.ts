import { startFauxqs } from 'fauxqs';
import { forwardTo } from '../endpoint/forward.ts';
import type { Service } from '../endpoint/request.ts';
import type { Engine } from './engine.ts';

export interface SqsEngine extends Engine {
  /** Messages that can be received now, and the age of the oldest in milliseconds, those under way included. */
  depthOf(queueName: string): { readonly visible: number; readonly oldestMs: number };
}

/** SQS in this process. @param dataDir where messages are kept across restarts; without it, in memory */
export const startSqs = async (region: string, dataDir: string | undefined): Promise<SqsEngine> => {
  const server = await startFauxqs({ port: 0, logger: false, defaultRegion: region, ...(dataDir && { dataDir }) });
  const serve = withTraceHeaders(forwardTo(server.port));
  return {
    serve: dataDir ? neverVisibleAtOnce(serve) : serve,
    stop: () => server.stop(),
    depthOf: (queueName) => {
      const { ready = [], inflight = [] } = server.inspectQueue(queueName)?.messages ?? {};
      const sent = [...ready, ...inflight.map(({ message }) => message)].map(({ sentTimestamp }) => sentTimestamp);
      return { visible: ready.length, oldestMs: sent.reduce((oldest, at) => Math.max(oldest, Date.now() - at), 0) };
    },
  };
};

// A fauxqs that keeps its data loses a message that ChangeMessageVisibility makes visible at once (timeout 0): it writes NULL
// where its own schema forbids it. A second later works.
const neverVisibleAtOnce =
  (serve: Service): Service =>
  (request) => {
    if (!request.action.startsWith('ChangeMessageVisibility')) return serve(request);
    const atLeastOne = (key: string, value: unknown) => (key === 'VisibilityTimeout' && value === 0 ? 1 : value);
    const body = Buffer.from(JSON.stringify(JSON.parse(request.body.toString(), atLeastOne)));
    return serve({ ...request, body });
  };

const TRACES_REMEMBERED = 10_000;

// fauxqs forgets the attribute that carries a trace from the sender to the receiver.
const withTraceHeaders = (serve: Service): Service => {
  const headers = new Map<string, string>();
  return async (request) => {
    const answer = await serve(request);
    if (answer.status !== 200) return answer;
    if (request.action === 'SendMessage') {
      const header = JSON.parse(request.body.toString()).MessageSystemAttributes?.AWSTraceHeader?.StringValue;
      if (header) headers.set(JSON.parse(answer.body.toString()).MessageId, header);
      const [oldest] = headers.keys();
      if (headers.size > TRACES_REMEMBERED && oldest !== undefined) headers.delete(oldest);
    }
    if (request.action !== 'ReceiveMessage') return answer;
    const { Messages = [], ...others } = JSON.parse(answer.body.toString());
    for (const message of Messages) {
      const AWSTraceHeader = headers.get(message.MessageId);
      if (AWSTraceHeader) message.Attributes = { ...message.Attributes, AWSTraceHeader };
    }
    return { ...answer, body: JSON.stringify({ ...others, ...(Messages.length > 0 && { Messages }) }) };
  };
};

import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type AttributeValue, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { chunk } from '../../functions/chunk.ts';
import type { ChangeEvent } from '../../functions/core/event.ts';
import { LEVEL } from '../../functions/core/facets.ts';
import { parseJson } from '../../functions/core/json.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { plainItem } from '../../functions/plain-item.ts';
import { createEventBus } from '../../functions/publish/event-bus.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { CALLED } from '../called.ts';
import { CannotRunError, EXIT, explainError } from '../failure.ts';
import { finishFirst, waitingFor } from '../finish.ts';
import { printJson } from '../print-json.ts';
import { shellWord } from '../shell-word.ts';
import { dynamodbOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { eventParts } from './bus.ts';
import { snapshotOf } from './snapshot-event.ts';

export interface SnapshotOptions {
  /** This level only. */
  readonly level: string | undefined;
  /** The rule that asks for it, by `detail.rule`. */
  readonly rule: string | undefined;
  /** To the backend of `forwardTo`, and not to the bus. */
  readonly backend: boolean;
  /** At most so many events per second. */
  readonly rate: number;
  /** Where an interrupted command was. */
  readonly after: string | undefined;
  readonly yes: boolean;
  readonly json: boolean;
}

// As many as a call of PutEvents takes.
const AT_ONCE = 10;
const SHOW_EVERY = 1_000;

/**
 * Publishes the current state of every item as an event of its own source; without `yes`, only counts them.
 *
 * @returns the exit status: 1 if it was interrupted or failed, or an item contradicts the rule of the table
 */
export const snapshot = async (target: Target, options: SnapshotOptions): Promise<number> => {
  const { level, rule, rate, after, yes, json } = options;
  const send = senderOf(target, options);
  const from = positionIn(after);
  const stopping = new AbortController();
  using _ = finishFirst('the current events are sent', () => stopping.abort());
  const counts = new Map<string, number>();
  let sent = 0;
  let left = 0;
  let last = after;
  let failure: unknown;
  const startedAt = Date.now();
  try {
    for await (const items of pagesOf(target, level, from)) {
      for (const some of chunk(items, AT_ONCE)) {
        if (stopping.signal.aborted) break;
        const events: ChangeEvent[] = [];
        for (const item of some) {
          const event = snapshotOf(item, rule);
          if (!event) continue;
          if (!('contradiction' in event)) events.push(event);
          else {
            left += 1;
            console.error(`${visible(`${item.pk} ${item.sk}`)}: ${event.contradiction}: fix the item`);
          }
        }
        const due = startedAt + (sent / rate) * 1_000;
        if (yes && due > Date.now()) await wait(due - Date.now());
        if (yes && events.length > 0) await send(events);
        sent += events.length;
        for (const { detailType } of events) counts.set(detailType, (counts.get(detailType) ?? 0) + 1);
        last = tokenOf(some.at(-1) as StoredItem);
        if (yes && sent % SHOW_EVERY < AT_ONCE) waitingFor(`the table: ${sent} events sent`);
      }
      if (stopping.signal.aborted) break;
    }
  } catch (error) {
    failure = error;
  }
  const isWhole = failure === undefined && !stopping.signal.aborted;
  const by = Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  if (json) printJson({ dry_run: !yes, events: sent, ...by, contradictions: left, after: isWhole ? null : (last ?? null) });
  else {
    const list = Object.entries(by).map(([type, many]) => `${many} ${type}`);
    const to = options.backend ? target.forwardUrl : 'the bus';
    console.log(
      `${count(sent, 'event')} ${yes ? `sent to ${to}` : `would be sent to ${to}`}${list.length > 0 ? `: ${list.join(', ')}` : ''}.`,
    );
    if (!yes) console.log('This was a dry run. Add --yes to send them.');
    else if (!isWhole && last !== undefined)
      console.log(`Not finished. Go on: ${CALLED} events snapshot${again(options)} --after ${last} --yes${target.options}`);
  }
  if (failure) console.error(`error: ${explainError(failure)}`);
  return isWhole && left === 0 ? EXIT.done : EXIT.problem;
};

/** Sends events to the bus or, as EventBridge would, to the queue of the backend. */
const senderOf = (target: Target, { backend, yes }: SnapshotOptions): ((events: readonly ChangeEvent[]) => Promise<void>) => {
  const { busName } = eventParts(target);
  const { forwardQueueUrl: QueueUrl, remedy } = target;
  if (backend && QueueUrl === undefined)
    throw new CannotRunError(`This stack sends its events to no backend. ${remedy('Set forwardTo')}`);
  if (!yes) return async () => {};
  if (backend) {
    const sqs = new SQSClient(target.client);
    return (events) =>
      mapConcurrent(AT_ONCE, events, async ({ source, detailType, detail }) => {
        const time = `${new Date().toISOString().slice(0, 19)}Z`;
        const event = { version: '0', id: randomUUID(), 'detail-type': detailType, source, time, resources: [], detail };
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
      });
  }
  const put = createEventBus(new EventBridgeClient(target.client), busName);
  return async (events) => {
    const refused = (await put(events)).find((problem) => problem !== undefined);
    if (refused !== undefined) throw new Error(`EventBridge rejected an event: ${refused}`);
  };
};

/** The items of the table, page by page, in an order that stays the same. */
async function* pagesOf(target: Target, level: string | undefined, from: Position): AsyncGenerator<readonly StoredItem[]> {
  const only = {
    FilterExpression: 'sk = :level',
    ExpressionAttributeValues: { ':level': { S: LEVEL.keyOf({ user_id: '', level: level ?? '' }).sk } },
  };
  let ExclusiveStartKey = from;
  do {
    const page: ScanCommandOutput = await dynamodbOf(target).send(
      new ScanCommand({ TableName: target.tableName, ConsistentRead: true, ExclusiveStartKey, ...(level !== undefined && only) }),
    );
    yield (page.Items ?? []).map(plainItem);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

type Position = Record<string, AttributeValue> | undefined;

const tokenOf = ({ pk, sk }: StoredItem): string => Buffer.from(JSON.stringify([pk, sk])).toString('base64url');

const positionIn = (token: string | undefined): Position => {
  if (token === undefined) return undefined;
  const key = parseJson(Buffer.from(token, 'base64url').toString());
  if (!Array.isArray(key) || key.length !== 2 || key.some((one) => typeof one !== 'string'))
    throw new CannotRunError('--after is not what an interrupted snapshot has printed.');
  return { pk: { S: key[0] }, sk: { S: key[1] } };
};

/** The options with which to go on. */
const again = ({ level, rule, backend }: SnapshotOptions): string =>
  [
    ...(level === undefined ? [] : [` --level ${shellWord(level)}`]),
    ...(rule === undefined ? [] : [` --rule ${shellWord(rule)}`]),
    ...(backend ? [' --backend'] : []),
  ].join('');

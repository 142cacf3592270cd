import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { DeliveredEvent } from '../../emulator/engines/eventbridge/delivered-event.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import type { StackClient } from '../support/stack-client.ts';
import { keyOf } from './journal.ts';

interface Told {
  readonly number: number;
  readonly state: string;
  readonly previous: string;
}

/** The events of one item: the last of an unbroken sequence of changes, and events after a gap. */
interface Heard {
  state: string;
  number: number;
  readonly ahead: Map<number, Told>;
}

type Detail = Readonly<Record<string, unknown>>;

const NOTHING = 'nothing';
const STATED = ['status', 'timestamp', 'shared_at', 'as_of'];

/** Where Fractal sends no time, a repetition changes the time of receipt without an event, so it is no part of the state. */
const stateIn = (key: string, facts: Detail | null | undefined): string =>
  facts?.as_of === undefined
    ? NOTHING
    : JSON.stringify((/ (?:EMAIL|LEVEL#kraken)$/.test(key) ? ['status'] : STATED).map((name) => facts[name]));

const keyIn = ({ user_id, idos_human_id, level, credential_id }: Detail): string => {
  if (idos_human_id !== undefined) return keyOf({ pk: `HUMAN#${idos_human_id}`, sk: `CREDENTIAL#${credential_id}` });
  return keyOf({ pk: `USER#${user_id}`, sk: level === undefined ? 'EMAIL' : `LEVEL#${level}` });
};

/**
 * Follows the events of a stack. Per item, `previous` of each event must equal the state of the event before it, and the last
 * state must equal the table's: then there is exactly one event per change. Events can be duplicated, and late after a restart
 * of their queue.
 */
export const createReceivedEvents = () => {
  const items = new Map<string, Heard>();

  const add = ({ detail }: DeliveredEvent): void => {
    const facts = detail as Detail;
    const key = keyIn(facts);
    const item = items.get(key) ?? { state: NOTHING, number: 0, ahead: new Map() };
    items.set(key, item);
    const number = Number(String(facts.id).split('-')[1]);
    if (number <= item.number) return;
    item.ahead.set(number, { number, state: stateIn(key, facts), previous: stateIn(key, facts.previous as Detail | null) });
    for (const next of [...item.ahead.values()].sort((a, b) => a.number - b.number)) {
      if (next.previous !== item.state) break;
      Object.assign(item, { state: next.state, number: next.number });
      item.ahead.delete(next.number);
    }
  };

  return {
    add,
    /** Items whose last event differs from the table, or whose sequence of events has a gap. */
    unpublished: (table: ReadonlyMap<string, StoredItem>): string[] =>
      [...new Set([...table.keys(), ...items.keys()])].flatMap((key) => {
        const { state, ahead } = items.get(key) ?? { state: NOTHING, ahead: new Map() };
        const is = stateIn(key, table.get(key));
        if (ahead.size > 0) return [`${key}: ${ahead.size} events after a gap, the last state before it is ${state}`];
        return state === is ? [] : [`${key}: the last event has ${state}, the table ${is}`];
      }),
  };
};

export type ReceivedEvents = ReturnType<typeof createReceivedEvents>;

const PATIENCE_MS = 3_000;

/** Receives and deletes the events of a queue. @returns their number */
export const takeEvents = async ({ sqs }: StackClient, QueueUrl: string, received: ReceivedEvents): Promise<number> => {
  // The soak's faults affect these calls, too.
  const patience = () => ({ abortSignal: AbortSignal.timeout(PATIENCE_MS) });
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 10 }),
    patience(),
  );
  for (const { Body = '' } of Messages) received.add(JSON.parse(Body));
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), patience());
  return Messages.length;
};

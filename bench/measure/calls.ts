import type { Implementation } from '../implementations.ts';
import type { Stand } from '../stand.ts';
import { aBatch, aDelivery, bodies } from './events.ts';
import { run, startWarm } from './warm-process.ts';

export interface Calls {
  /** Per notification. Items are smaller than 1 KB, so a write takes one write unit. */
  readonly dynamodb: number;
  readonly writeUnits: number;
  readonly sqs: number;
}

const WRITES = /dynamodb (PutItem|UpdateItem|DeleteItem)$/;

/** The calls of the measured processes so far, by name. */
export const callsOf = async ({ AWS_ENDPOINT_URL }: Stand): Promise<Readonly<Record<string, number>>> => {
  const calls = (await (await fetch(`${AWS_ENDPOINT_URL}/_local/calls`)).json()) as Record<string, number>;
  const own = Object.entries(calls).filter(([name]) => name.startsWith('bench '));
  return Object.fromEntries(own.map(([name, count]) => [name.slice('bench '.length), count]));
};

/** The calls per notification, counted at the endpoint: a hundred deliveries, and one batch of them. */
export const countCalls = async (implementation: Implementation, stand: Stand, users: 'uniform' | 'hot'): Promise<Calls> => {
  const COUNT = 100;
  const some = bodies(COUNT, users);
  const ingest = await startWarm(implementation, 'ingest', stand);
  const apply = await startWarm(implementation, 'apply', stand);
  const before = await callsOf(stand);
  await run(
    ingest,
    some.map((body) => aDelivery(body)),
  );
  await run(apply, [aBatch(implementation, some)]);
  const after = await callsOf(stand);
  for (const { child } of [ingest, apply]) child.kill();
  const added = (which: RegExp) =>
    Object.entries(after)
      .filter(([name]) => which.test(name))
      .reduce((sum, [name, count]) => sum + count - (before[name] ?? 0), 0) / COUNT;
  return { dynamodb: added(/dynamodb/), writeUnits: added(WRITES), sqs: added(/sqs/) };
};

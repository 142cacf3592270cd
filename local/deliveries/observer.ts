import type { DeliveredEvent, Exchange, QueueContents } from '../../emulator/index.ts';
import { decodeEnvelope } from '../../functions/core/envelope.ts';
import { type Hop, readFunctionLine } from './function-line.ts';
import { createJournal, type Waiting } from './journal.ts';
import { type Balance, createLedger } from './ledger.ts';
import { parseObject } from './subject.ts';

const RATE_OVER_MS = 10_000;
/** More than a laptop takes in that time. */
const ARRIVALS_AT_MOST = 100_000;
/** For how long the last failure of a function without queue counts, in milliseconds. It fails again within that time. */
const FAILS_FOR_MS = 90_000;

/** What the queues hold. */
export interface Contents {
  readonly queue: QueueContents;
  readonly dead: QueueContents;
  readonly unpublished: QueueContents | undefined;
  readonly toForward: QueueContents | undefined;
  readonly unforwarded: QueueContents | undefined;
  /** How often a person has deleted messages since the start. */
  readonly deletions: number;
}

/** Why a function fails now. */
export interface Trouble {
  readonly problem: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** The number of the next try, and how many there are, if they are counted. */
  readonly attempt?: number | undefined;
  readonly attempts?: number | undefined;
  /** When it is tried again, in epoch milliseconds. */
  readonly next?: number | undefined;
}

export interface Depth {
  readonly waiting: number;
  readonly inFlight: number;
  /** The age of the oldest in milliseconds. */
  readonly oldest: number;
  /** When the first expires, in epoch milliseconds. */
  readonly expires: number | undefined;
}

export interface Observed {
  readonly at: number;
  readonly balance: Balance;
  readonly refused: number;
  readonly events: number;
  readonly forwarded: number;
  /** Deliveries per second, over ten seconds. */
  readonly rate: number;
  /** How long the last one took from receipt to table. */
  readonly took: number | undefined;
  readonly queue: Depth;
  readonly dead: Depth;
  readonly unpublished: Depth;
  readonly toForward: Depth;
  readonly unforwarded: Depth;
  readonly troubles: Readonly<Partial<Record<Hop, Trouble>>>;
}

/** Follows every delivery from its answer to its event, in what the stack does, logs, and holds. */
export const createObserver = (now: () => number) => {
  const journal = createJournal(now);
  const ledger = createLedger(now);
  const failing = new Map<Hop, Trouble & { readonly at: number }>();
  const failedIds = new Map<string, string>();
  let arrivals: number[] = [];
  let [refused, events, forwarded] = [0, 0, 0];
  let ids = new Map<string, string | undefined>();

  const recent = (times: readonly number[]): number[] =>
    times.filter((at) => now() - at < RATE_OVER_MS).slice(-ARRIVALS_AT_MOST / 2);

  const fail = (hop: Hop, problem: string): void => {
    failing.set(hop, { problem, since: failing.get(hop)?.since ?? now(), at: now() });
  };

  const idsIn = ({ messages }: QueueContents, seen: typeof ids): (string | undefined)[] =>
    messages.map(({ messageId, body }) => {
      const id = ids.has(messageId) ? ids.get(messageId) : decodeEnvelope(body)?.id;
      seen.set(messageId, id);
      return id;
    });

  /** The next try of what has failed, which is on the queue. */
  const troubleOfApply = ({ messages, receivesAtMost }: QueueContents, idOf: readonly (string | undefined)[]) => {
    const failed = messages.filter(({ receives }, index) => receives > 1 || failedIds.has(idOf[index] ?? ''));
    const kept = new Set(idOf);
    for (const id of failedIds.keys()) if (!kept.has(id)) failedIds.delete(id);
    const known = failing.get('apply');
    if (failed.length === 0) {
      failing.delete('apply');
      return undefined;
    }
    const soonest = failed.reduce((one, other) => ((other.hiddenUntil ?? 0) < (one.hiddenUntil ?? 0) ? other : one));
    const problem = [...failedIds.values()].at(-1) ?? known?.problem ?? 'the function ended without an answer';
    if (!known) fail('apply', problem);
    return {
      problem,
      since: known?.since ?? now(),
      attempt: Math.min(soonest.receives + 1, receivesAtMost ?? Number.POSITIVE_INFINITY),
      attempts: receivesAtMost,
      next: soonest.hiddenUntil,
    };
  };

  return {
    journal,
    exchange: (exchange: Exchange, cause?: string): void => {
      journal.exchange(exchange, cause);
      // Trimmed here, too: nobody looks while no page is open.
      if (arrivals.push(now()) > ARRIVALS_AT_MOST) arrivals = recent(arrivals);
      if (exchange.status === 202) {
        failing.delete('ingest');
        const { id } = parseObject(exchange.answer);
        if (typeof id === 'string') ledger.acknowledged(id);
        return;
      }
      refused += 1;
      if (exchange.status >= 500 && !failing.has('ingest')) fail('ingest', `answered ${exchange.status}`);
    },
    functionLine: (line: string, from: string): void => {
      for (const told of readFunctionLine(line, from)) {
        switch (told.what) {
          case 'settled':
            failedIds.delete(told.id);
            ledger.settled(told.id, told.outcome);
            journal.settled(told.id, told.outcome);
            break;
          case 'failed':
            failedIds.set(told.id, told.problem);
            journal.failed(told.id, told.problem);
            break;
          case 'failing':
            fail(told.hop, told.problem);
            break;
          case 'forwarded':
          case 'forgotten':
            forwarded += told.what === 'forwarded' ? 1 : 0;
            failing.delete('forward');
            journal.forwarded(told.id, told.what);
            break;
          default:
            fail('forward', told.problem);
            journal.forwarded(told.id, told.what === 'set_aside' ? 'not forwarded' : 'try to forward failed', told.problem);
        }
      }
    },
    event: (event: DeliveredEvent): void => {
      if (/^fractal-webhooks(\.check)?$/.test(event.source)) events += 1;
      failing.delete('publish');
      journal.event(event);
    },
    /** An attempt of the local stack itself to forward an event. */
    forwardedItself: (id: string, problem: string | undefined): void => {
      if (problem === undefined) forwarded += 1;
      if (problem === undefined) failing.delete('forward');
      else fail('forward', problem);
      journal.forwarded(id, problem === undefined ? 'forwarded' : 'try to forward failed', problem);
    },
    /** Compares what was observed with what the queues hold. */
    look: (contents: Contents): Observed => {
      const seen: typeof ids = new Map();
      const [onQueue, inDead] = [idsIn(contents.queue, seen), idsIn(contents.dead, seen)];
      ids = seen;
      const balance = ledger.balance({ queue: counted(onQueue), dead: counted(inDead), deletions: contents.deletions });
      const apply = troubleOfApply(contents.queue, onQueue);
      const waiting = new Map<string, Waiting>();
      for (const [index, message] of contents.queue.messages.entries()) waiting.set(onQueue[index] ?? '', message);
      journal.look(waiting, new Set(inDead.map(String)), balance.missing, contents.queue.receivesAtMost ?? 0);
      arrivals = recent(arrivals);
      for (const [hop, { at }] of failing) if (now() - at > FAILS_FOR_MS) failing.delete(hop);
      const nextForward = nextOf(contents.toForward);
      const others = (['ingest', 'publish', 'forward'] as const).flatMap((hop) => {
        const trouble = failing.get(hop);
        return trouble ? [[hop, { ...trouble, next: hop === 'forward' ? nextForward : undefined }]] : [];
      });
      return {
        at: now(),
        balance,
        refused,
        events,
        forwarded,
        rate: arrivals.length / (RATE_OVER_MS / 1_000),
        took: journal.deliveries().findLast(({ kind, took }) => took !== undefined && /applied|contested/.test(kind))?.took,
        queue: depthOf(contents.queue, now()),
        dead: depthOf(contents.dead, now()),
        unpublished: depthOf(contents.unpublished, now()),
        toForward: depthOf(contents.toForward, now()),
        unforwarded: depthOf(contents.unforwarded, now()),
        troubles: { ...Object.fromEntries(others), ...(apply && { apply }) },
      };
    },
  };
};

export type Observer = ReturnType<typeof createObserver>;

const counted = (all: readonly (string | undefined)[]): Map<string, number> => {
  const counts = new Map<string, number>();
  // What is no envelope is not one of the acknowledged deliveries.
  for (const [index, id] of all.entries()) counts.set(id ?? `#${index}`, (counts.get(id ?? `#${index}`) ?? 0) + 1);
  return counts;
};

const nextOf = (contents: QueueContents | undefined): number | undefined =>
  contents?.messages.map(({ hiddenUntil }) => hiddenUntil ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)[0];

const depthOf = (contents: QueueContents | undefined, now: number): Depth => {
  const { messages = [], retentionMs = 0 } = contents ?? {};
  const inFlight = messages.filter(({ hiddenUntil }) => hiddenUntil !== undefined).length;
  const first = messages.reduce((least, { sentAt }) => Math.min(least, sentAt), Number.POSITIVE_INFINITY);
  return {
    waiting: messages.length,
    inFlight,
    oldest: messages.length === 0 ? 0 : now - first,
    expires: messages.length === 0 ? undefined : first + retentionMs,
  };
};

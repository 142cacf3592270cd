import { causeOf } from '../deliveries/cause.ts';
import type { Delivery } from '../deliveries/journal.ts';
import type { Contents, Observed, Observer } from '../deliveries/observer.ts';
import { type FlowState, flowOf } from './views/flow.ts';
import { turnOf } from './views/turn.ts';
import { type Judged, verdictOf } from './views/verdict.ts';

/** In one message. */
const DELIVERIES_AT_MOST = 100;
const LOOK_EVERY_MS = 900;

export interface LiveDependencies {
  readonly observer: Observer;
  contents(): Contents;
  faults(): Judged['faults'];
  isOff(): boolean;
  applicable(): number | undefined;
  readonly oncall: string;
  readonly forwardsTo: string | undefined;
  now(): number;
}

/** What the page shows, and the deliveries that changed since a version. */
export const createLive = ({ observer, contents, faults, isOff, applicable, oncall, forwardsTo, now }: LiveDependencies) => {
  let observed: Observed | undefined;

  return {
    /** Looks at the queues, at most about once a second. */
    state: () => {
      if (!observed || now() - observed.at >= LOOK_EVERY_MS) observed = observer.look(contents());
      const judged: Judged = { ...observed, faults: faults(), isOff: isOff(), applicable: applicable(), oncall };
      const fails = Object.fromEntries(
        Object.entries(observed.troubles).map(([hop, trouble]) => [hop, { ...trouble, cause: causeOf(trouble.problem) }]),
      );
      const state: FlowState = { ...judged, fails, forwardsTo };
      const { acknowledged, table, same, queue, dead, dropped, missing, others } = observed.balance;
      return {
        state,
        /** What the page shows of it. */
        shown: {
          verdict: verdictOf(judged),
          ledger: {
            acknowledged,
            table,
            same,
            queue,
            dead,
            dropped,
            missing: missing.length,
            others,
            waits: fails.apply ? 'self' : 'move',
          },
          flow: flowOf(state),
          rate: observed.rate,
          dead: observed.dead.waiting,
          faults: judged.faults,
        },
      };
    },
    /** The deliveries that changed since this version, the newest of them first, and the version to ask for next. */
    since: (version: number) => {
      const { journal } = observer;
      const changed = journal.deliveries().filter((one) => one.version > version);
      if (changed.length <= DELIVERIES_AT_MOST) return { rows: changed.map(rowOf), version: journal.version() };
      // The oldest changes first, so that none is skipped.
      const some = changed.toSorted((a, b) => a.version - b.version).slice(0, DELIVERIES_AT_MOST);
      return { rows: some.map(rowOf), version: some.at(-1)?.version ?? version };
    },
  };
};

/** A line of the list. */
const rowOf = ({ number, id, receivedAt: at, kind, type, level, who, took, failures, next, reason, status }: Delivery) => ({
  number,
  id,
  at,
  kind,
  turn: turnOf(kind),
  type,
  level,
  who,
  status,
  ...(took !== undefined && { took }),
  ...(failures > 0 && { failures }),
  ...(next !== undefined && { next }),
  ...(reason !== '' && { reason: reason.slice(0, 200) }),
});

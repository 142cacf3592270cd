import type { DeliveredEvent, Exchange } from '../../emulator/index.ts';
import { hasKrakenForm, KRAKEN } from '../../functions/core/kraken.ts';
import type { Outcome } from '../../functions/core/state.ts';
import { parseObject, subjectOf } from './subject.ts';

// Older deliveries are dropped.
const KEPT = 500;
/** An outcome can be seen so long before the answer, in milliseconds. */
const EARLY_MS = 5_000;

/** A step of a delivery. */
export interface Step {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly what: string;
  readonly text: string;
}

/** Where a delivery is: the same in the list, in the inspector, in filters and on the flow. */
export type Kind = 'accepted' | 'retrying' | 'parked' | 'gave up' | 'dropped' | 'missing' | 'refused' | 'failed' | Outcome;

/** One POST to the webhook, and the steps that followed. Times are epoch milliseconds. */
export interface Delivery {
  readonly number: number;
  /** Repeated deliveries share it; refused ones have none. */
  readonly id: string | undefined;
  readonly receivedAt: number;
  readonly status: number;
  readonly type: string;
  readonly level: string;
  /** The user or human. */
  readonly who: string;
  /** What it is about, as an event names it. */
  readonly facets: string;
  /** As it was sent, with what is personal. */
  readonly body: string;
  readonly steps: Step[];
  kind: Kind;
  /** Why it is refused, parked or failing. */
  reason: string;
  /** How often apply has failed. */
  failures: number;
  /** When it is tried again. */
  next: number | undefined;
  /** How long it took from receipt to its outcome. */
  took: number | undefined;
  /** Grows with each change of any delivery. */
  version: number;
}

/** An outcome that was seen before the answer of its delivery. */
interface Early {
  readonly outcome: Outcome;
  readonly at: number;
}

/** A message on the queue. */
export interface Waiting {
  readonly receives: number;
  readonly hiddenUntil: number | undefined;
}

const IS_OPEN: readonly Kind[] = ['accepted', 'retrying', 'parked', 'gave up', 'missing'];

/** Records deliveries and their steps, from responses, log lines, events, and what is on the queues. */
export const createJournal = (now: () => number) => {
  const deliveries: Delivery[] = [];
  const early = new Map<string, readonly Early[]>();
  /** The deliveries of changes, by the id of the event. */
  const ofChange = new Map<string, Delivery>();
  let version = 0;

  const change = (one: Delivery, to: Partial<Delivery>, step?: Omit<Step, 'at'>): void => {
    version += 1;
    Object.assign(one, to, { version });
    if (step) one.steps.push({ at: now(), ...step });
  };

  const recent = (outcomes: readonly Early[] = []): readonly Early[] => outcomes.filter(({ at }) => now() - at < EARLY_MS);

  const openWith = (id: string) => deliveries.findLast((one) => one.id === id && IS_OPEN.includes(one.kind));

  const settle = (id: string, outcome: Outcome): boolean => {
    const one = openWith(id);
    if (!one) return false;
    change(one, { kind: outcome, took: now() - one.receivedAt, next: undefined, reason: '' }, { what: outcome, text: '' });
    return true;
  };

  return {
    deliveries: (): readonly Delivery[] => deliveries,
    version: (): number => version,
    /** @param cause why its signature was refused */
    exchange: ({ body, status, answer, context }: Exchange, cause?: string): void => {
      const parsed = parseObject(body.toString());
      const { status: word = status < 500 ? 'refused' : 'failed', id, reason, error, message } = parseObject(answer);
      const why = [reason ?? error ?? message, cause].filter(Boolean).join(' ');
      version += 1;
      const receivedAt = now() - Number(context.responseLatency);
      deliveries.push({
        number: (deliveries.at(-1)?.number ?? 0) + 1,
        id,
        receivedAt,
        status,
        ...about(parsed),
        body: body.toString(),
        steps: [
          { at: receivedAt, what: 'received', text: `${body.length} bytes` },
          { at: now(), what: word, text: [status, why].filter(Boolean).join(' ') },
        ],
        kind: word,
        reason: word === 'accepted' ? '' : [word === 'parked' ? '' : status, why].filter(Boolean).join(' '),
        failures: 0,
        next: undefined,
        took: undefined,
        version,
      });
      if (deliveries.length > KEPT) deliveries.shift();
      const [outcome, ...later] = recent(early.get(id));
      early.delete(id);
      if (outcome) settle(id, outcome.outcome);
      if (later.length > 0) early.set(id, later);
    },
    settled: (id: string, outcome: Outcome): void => {
      if (!settle(id, outcome)) early.set(id, [...recent(early.get(id)), { outcome, at: now() }]);
      const [oldest = ''] = early.keys();
      if (early.size > KEPT) early.delete(oldest);
    },
    failed: (id: string, problem: string): void => {
      // Of equal deliveries, the one that has failed the least.
      const [one] = deliveries
        .filter((other) => other.id === id && IS_OPEN.includes(other.kind))
        .sort((a, b) => a.failures - b.failures);
      if (!one) return;
      const failures = one.failures + 1;
      change(one, { kind: 'retrying', failures, reason: problem }, { what: `try ${failures} failed`, text: problem });
    },
    event: ({ 'detail-type': type, source, detail }: DeliveredEvent): void => {
      if (!/^fractal-webhooks(\.check)?$/.test(source)) return;
      const { id, previous } = Object(detail);
      const facets = subjectOf({ data: detail });
      const one = deliveries.findLast((other) => other.status === 202 && other.facets === facets);
      if (!one) return;
      const was = previous?.status ? `, was ${previous.status}` : previous === null ? ', the first' : '';
      change(one, {}, { what: 'event', text: `${type}${was}` });
      if (typeof id === 'string') ofChange.set(id, one);
      const [oldest = ''] = ofChange.keys();
      if (ofChange.size > KEPT) ofChange.delete(oldest);
    },
    /** An attempt to forward an event, by the id of the change. */
    forwarded: (id: string, what: string, problem = ''): void => {
      const one = ofChange.get(id);
      if (one) change(one, {}, { what, text: problem });
    },
    /** Compares open deliveries with what the queues hold. */
    look: (queue: ReadonlyMap<string, Waiting>, dead: ReadonlySet<string>, missing: readonly string[], most: number): void => {
      for (const one of deliveries) {
        const { id = '', kind } = one;
        if (!IS_OPEN.includes(kind)) continue;
        const waiting = queue.get(id);
        if (waiting) {
          if (kind === 'parked' || kind === 'gave up')
            change(one, { kind: 'accepted', failures: 0, reason: '' }, { what: 'redriven', text: 'back on the queue' });
          // Attempts of which the log says nothing. One may be under way.
          const silent = waiting.receives - 1 - one.failures;
          if (silent > 0)
            change(
              one,
              { kind: 'retrying', failures: one.failures + silent, reason: one.reason || SILENT },
              { what: `try ${one.failures + silent} failed`, text: SILENT },
            );
          const next = one.kind === 'retrying' ? waiting.hiddenUntil : undefined;
          if (next !== one.next) change(one, { next });
        } else if (dead.has(id)) {
          if (kind === 'accepted' || kind === 'retrying')
            change(
              one,
              { kind: 'gave up', next: undefined },
              { what: 'gave up', text: `after ${most} tries; moved to the dead letters` },
            );
        } else if (missing.includes(id)) {
          if (kind !== 'missing') change(one, { kind: 'missing', next: undefined }, { what: 'missing', text: 'on no queue' });
        } else if ((kind === 'parked' || kind === 'gave up') && now() - (one.steps.at(-1)?.at ?? 0) > EARLY_MS * 2)
          change(one, { kind: 'dropped', reason: '' }, { what: 'dropped', text: 'deleted from the dead letters' });
      }
    },
  };
};

const SILENT = 'the function ended without an answer';

const about = (parsed: ReturnType<typeof parseObject>): Pick<Delivery, 'type' | 'level' | 'who' | 'facets'> => {
  const isResult = parsed.type === undefined && hasKrakenForm(parsed);
  const data = isResult ? { level: KRAKEN, user_id: parsed.id } : Object(parsed.data);
  const [type, level, user, human] = [isResult ? parsed.status : parsed.type, data.level, data.user_id, data.idos_human_id].map(
    (value) => (typeof value === 'string' ? value : ''),
  ) as [string, string, string, string];
  return { type, level, who: user || human, facets: subjectOf({ data }) };
};

export type Journal = ReturnType<typeof createJournal>;

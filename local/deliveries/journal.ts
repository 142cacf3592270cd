import type { DeliveredEvent, Exchange } from '../../emulator/index.ts';
import { OUTCOMES } from '../../functions/core/state.ts';
import { maskPersonalIn } from '../../functions/words/personal.ts';
import { parseObject, subjectOf } from './subject.ts';

/** What ends the way of a message. A failed one is tried again. */
const ENDS: readonly string[] = OUTCOMES;

// Older deliveries are dropped.
const KEPT = 500;

/** A step of a delivery. */
export interface Step {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly what: string;
  readonly text: string;
}

/** One POST to the webhook, and the steps that followed. */
export interface Delivery {
  readonly number: number;
  /** Repeated deliveries share it; refused ones have none. */
  readonly id: string | undefined;
  readonly status: number;
  readonly subject: string;
  readonly body: string;
  readonly steps: Step[];
}

/** Records deliveries and their steps, from responses, log lines and events. */
export const createJournal = (now: () => number) => {
  const deliveries: Delivery[] = [];
  /** Outcomes that were logged before the answer was seen, by delivery id. */
  const early = new Map<string, Step[]>();
  let changes = 0;

  const note = (fits: (one: Delivery) => boolean, what: string, text: string): void => {
    deliveries.findLast(fits)?.steps.push({ at: now(), what, text });
    changes += 1;
  };

  const settle = (id: string, what: string, text: string): void => {
    const step = { at: now(), what, text };
    const one = deliveries.findLast(
      (delivery) => delivery.id === id && !delivery.steps.some((other) => ENDS.includes(other.what)),
    );
    if (one) one.steps.push(step);
    else early.set(id, [...(early.get(id) ?? []), step]);
    const [oldest = ''] = early.keys();
    if (early.size > KEPT) early.delete(oldest);
    changes += 1;
  };

  return {
    deliveries: (): readonly Delivery[] => deliveries,
    /** A number that grows whenever a delivery may have changed. */
    changes: (): number => changes,
    /** @param cause why its signature was refused */
    exchange: ({ body, status, answer, context }: Exchange, cause?: string): void => {
      const { status: kind = status < 500 ? 'refused' : 'failed', id, reason, error, message } = parseObject(answer);
      const steps = [
        { at: now() - Number(context.responseLatency), what: 'received', text: `${body.length} bytes` },
        { at: now(), what: kind, text: [status, reason ?? error ?? message, cause].filter(Boolean).join(' ') },
      ];
      const [outcome, ...later] = early.get(id) ?? [];
      if (outcome) {
        steps.push(outcome);
        if (later.length > 0) early.set(id, later);
        else early.delete(id);
      }
      const number = (deliveries.at(-1)?.number ?? 0) + 1;
      deliveries.push({
        number,
        id,
        status,
        subject: subjectOf(parseObject(body.toString())),
        body: maskPersonalIn(body.toString()),
        steps,
      });
      if (deliveries.length > KEPT) deliveries.shift();
      changes += 1;
    },
    settled: settle,
    event: ({ 'detail-type': type, source, detail }: DeliveredEvent): void => {
      const subject = subjectOf({ data: detail });
      if (/^fractal-webhooks(\.check)?$/.test(source))
        note((one) => one.subject.endsWith(subject) && one.status === 202, 'event', type);
    },
  };
};

export type Journal = ReturnType<typeof createJournal>;

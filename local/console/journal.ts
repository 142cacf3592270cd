import type { DeliveredEvent } from '../engines/delivered-event.ts';
import type { Exchange } from '../runtime/gateway.ts';
import { parseObject, subjectOf } from '../subject.ts';

// As many as a person scrolls through; the oldest are forgotten.
const REMEMBERED = 500;

/** What happened to a delivery, and when (epoch milliseconds). */
export interface Step {
  readonly at: number;
  readonly what: string;
  readonly text: string;
}

/** One POST at the webhook, and its way from there. */
export interface Delivery {
  readonly number: number;
  /** The delivery's id, which repetitions share; none of what was refused. */
  readonly id: string | undefined;
  readonly status: number;
  readonly subject: string;
  readonly body: string;
  readonly steps: Step[];
}

/** Remembers what was delivered, and what became of it, from what is answered, settled and published. */
export const createJournal = (now: () => number) => {
  const deliveries: Delivery[] = [];
  const changed = new Set<() => void>();

  const note = (fits: (one: Delivery) => boolean, what: string, text: string): void => {
    const delivery = deliveries.findLast(fits);
    if (!delivery) return;
    delivery.steps.push({ at: now(), what, text });
    for (const tell of changed) tell();
  };

  return {
    deliveries: (): readonly Delivery[] => deliveries,
    /** Calls back after each change. @returns what ends that */
    onChange: (tell: () => void): (() => void) => {
      changed.add(tell);
      return () => changed.delete(tell);
    },
    exchange: ({ body, status, answer, context }: Exchange): void => {
      const { status: kind = status < 500 ? 'refused' : 'failed', id, reason, error, message } = parseObject(answer);
      const steps = [
        { at: now() - Number(context.responseLatency), what: 'received', text: `${body.length} bytes` },
        { at: now(), what: kind, text: [status, reason ?? error ?? message].filter(Boolean).join(' ') },
      ];
      const number = (deliveries.at(-1)?.number ?? 0) + 1;
      deliveries.push({ number, id, status, subject: subjectOf(parseObject(body.toString())), body: body.toString(), steps });
      if (deliveries.length > REMEMBERED) deliveries.shift();
      for (const tell of changed) tell();
    },
    settled: (id: string, what: string, problem: string): void => note((one) => one.id === id, what, problem),
    event: ({ 'detail-type': type, source, detail }: DeliveredEvent): void => {
      const subject = subjectOf({ data: detail });
      if (source === 'fractal-webhooks') note((one) => one.subject.endsWith(subject) && one.status === 202, 'event', type);
    },
  };
};

export type Journal = ReturnType<typeof createJournal>;

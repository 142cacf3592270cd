import type { Cause } from '../../deliveries/cause.ts';
import type { Hop } from '../../deliveries/function-line.ts';
import type { Observed, Trouble } from '../../deliveries/observer.ts';
import type { Part, Turn } from './verdict.ts';
import { count, n, took } from './words.ts';

/** A part of the flow: a place where deliveries rest, a function that moves them, or a sink where they branch off. */
export interface FlowPart {
  readonly at: string;
  readonly kind: 'place' | 'hop' | 'sink';
  readonly turn: Turn | '';
  readonly name: string;
  readonly says: readonly Part[];
  readonly small?: string;
  readonly off?: boolean;
  /** How many have passed, if dots travel along it. */
  readonly passed?: number;
}

export type Failure = Trouble & { readonly cause: Cause };

export interface FlowState extends Observed {
  readonly fails: Readonly<Partial<Record<Hop, Failure>>>;
  readonly faults: readonly { readonly service: string }[];
  readonly isOff: boolean;
  /** Where events are forwarded to, if anywhere. */
  readonly forwardsTo: string | undefined;
}

/** The flow from left to right. A sink at zero is still a part of it, so that the picture does not move. */
export const flowOf = (state: FlowState): FlowPart[] => {
  const { balance, fails, faults, isOff, forwardsTo, queue, dead, unpublished, unforwarded, rate, refused, events, forwarded } =
    state;
  const fault = (...services: readonly string[]) => faults.some(({ service }) => services.includes(service));
  const after = (hop: Hop, passed: number): Turn => (fails[hop] ? 'self' : passed > 0 ? 'done' : 'rest');
  const hop = (at: Hop, passed: number, says: readonly Part[]): FlowPart => {
    const failure = fails[at];
    return { at, kind: 'hop', turn: failure ? 'self' : '', name: at, passed, says: failure ? failing(failure) : says };
  };
  const sink = (at: string, name: string, value: number, turn: Turn): FlowPart => {
    return { at, kind: 'sink', turn: value > 0 ? turn : '', name, says: [n(value)] };
  };
  const apply = hop('apply', balance.table, [`${n(balance.table)} applied`, `${n(balance.same)} no change`]);
  return [
    {
      ...{ at: 'fractal', kind: 'place', turn: rate > 0 ? 'done' : 'rest', name: 'Fractal' },
      says: [rate > 0 ? `${rate.toFixed(1)}/s` : balance.acknowledged + refused > 0 ? 'no delivery now' : 'no delivery yet'],
      small: fault('secretsmanager') ? 'fault: the secret is hidden' : 'retries until a 202',
    },
    hop('ingest', balance.acknowledged, [`${n(balance.acknowledged)} acknowledged`]),
    sink('refused', 'refused', refused, 'rest'),
    {
      ...{ at: 'queue', kind: 'place', name: 'Queue' },
      turn: fails.apply ? 'self' : queue.waiting === 0 ? 'rest' : isOff ? 'you' : 'move',
      says: [`${n(queue.waiting)} waiting`],
      small: fault('sqs') ? 'fault: takes no messages' : queue.waiting > 0 ? `oldest ${took(queue.oldest)}` : 'kept for 4 days',
    },
    sink('dead', dead.waiting === 1 ? 'dead letter' : 'dead letters', dead.waiting, 'you'),
    isOff ? { ...apply, turn: 'you', off: true, says: ['switched off', count(queue.waiting, 'waits', 'wait')] } : apply,
    {
      ...{
        at: 'table',
        kind: 'place',
        turn: after('apply', balance.table),
        name: 'Table',
        says: [count(balance.table, 'change')],
      },
      small: fault('dynamodb') ? 'fault: throttled' : 'one item per level',
    },
    hop('publish', events, [count(events, 'event')]),
    sink('unpublished', 'not published', unpublished.waiting, 'you'),
    {
      ...{ at: 'bus', kind: 'place', turn: after('publish', events), name: 'Event bus', says: [count(events, 'event')] },
      small: fault('events') ? 'fault: refuses events' : forwardsTo ? 'forwarded' : 'not forwarded',
    },
    ...(forwardsTo
      ? [
          hop('forward', forwarded, [`${n(forwarded)} forwarded`]),
          sink('unforwarded', 'not taken', unforwarded.waiting, 'you'),
          {
            ...{ at: 'backend', kind: 'place' as const, turn: after('forward', forwarded), name: 'Your code' },
            ...{ says: [`${n(forwarded)} taken`], small: forwardsTo },
          },
        ]
      : []),
  ];
};

const failing = ({ cause, attempt, attempts, next }: Failure): Part[] => [
  `fails: ${cause}`,
  ...(next === undefined ? [] : [attempts ? `try ${attempt} of ${attempts} in ` : 'next try in ', { until: next }]),
];

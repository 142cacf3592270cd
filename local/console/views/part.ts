import type { Hop } from '../../deliveries/function-line.ts';
import type { Depth } from '../../deliveries/observer.ts';
import type { Alarm } from './alarms.ts';
import type { Block, Value, View } from './block.ts';
import { type FlowState, flowOf } from './flow.ts';
import { sentenceOf } from './verdict.ts';
import { n } from './words.ts';

interface About {
  readonly title: string;
  readonly text: string;
  /** The function on which it depends. */
  readonly hop?: Hop;
  readonly depth?: 'queue' | 'dead' | 'unpublished' | 'toForward' | 'unforwarded';
  readonly alarms: RegExp;
}

const ABOUT: Readonly<Record<string, About>> = {
  fractal: {
    title: 'Fractal',
    text: 'Fractal posts each notification, and tries again for days until it gets a 202.',
    hop: 'ingest',
    alarms: /nothing-received/,
  },
  ingest: {
    title: 'ingest',
    text: 'Checks the signature and the notification. Answers 202 only after the queue has stored it.',
    hop: 'ingest',
    alarms: /server-errors|throttled-requests/,
  },
  refused: {
    title: 'Refused',
    text: 'Requests that got no 202. Nothing of them is kept; Fractal tries its own again.',
    alarms: /sign/,
  },
  queue: {
    title: 'Queue',
    text: 'Acknowledged deliveries wait here for apply. One that fails is tried again after the visibility timeout.',
    hop: 'apply',
    depth: 'queue',
    alarms: /oldest-message|^apply/,
  },
  dead: {
    title: 'Dead letters',
    text: 'Parked, or failed too often. Kept for 14 days; nothing processes them until you redrive them.',
    depth: 'dead',
    alarms: /dead-letters/,
  },
  apply: {
    title: 'apply',
    text: 'Writes each notification to its item, unless the item is newer. Repetitions change nothing.',
    hop: 'apply',
    alarms: /^apply|contested|oldest/,
  },
  table: { title: 'Table', text: 'The current state: one item per user and level.', hop: 'apply', alarms: /table/ },
  publish: {
    title: 'publish',
    text: 'Sends an event for every change of the table, in order per item.',
    hop: 'publish',
    alarms: /events-behind|publish/,
  },
  unpublished: {
    title: 'Not published',
    text: 'Changes that could not be published. Kept for 14 days.',
    depth: 'unpublished',
    alarms: /unpublished/,
  },
  bus: { title: 'Event bus', text: 'Events for your code.', hop: 'publish', alarms: /undelivered/ },
  forward: {
    title: 'forward',
    text: 'Sends each event to your code by HTTPS, signed, until it answers 2xx.',
    hop: 'forward',
    depth: 'toForward',
    alarms: /forward/,
  },
  unforwarded: {
    title: 'Not taken',
    text: 'Events that your code did not take within a day. Kept for 14 days.',
    depth: 'unforwarded',
    alarms: /unforwarded/,
  },
  backend: { title: 'Your code', text: 'The URL of forwardTo, or of --forward-events.', hop: 'forward', alarms: /forward/ },
};

/** What a part of the flow is, why it fails, how it is now, and its alarms; `undefined` for another name. */
export const partView = (at: string, state: FlowState, alarms: readonly Alarm[], start: string): View | undefined => {
  const about = ABOUT[at];
  if (!about) return undefined;
  const { title, text, hop, depth } = about;
  const failure = hop && state.fails[hop];
  const on = alarms.filter(({ name, state }) => state === 'ALARM' && about.alarms.test(name));
  const advice = at === 'bus' && !state.forwardsTo ? 'Send them to your code:' : '';
  const blocks: Block[] = [
    { text },
    ...(failure && hop
      ? [
          {
            why: 'self' as const,
            says: [
              ...sentenceOf(hop, failure.problem),
              ...(failure.next === undefined ? [] : ['The next try is in ', { until: failure.next }, '. ']),
              'Nothing is lost.',
            ],
          },
        ]
      : []),
    { facts: depth ? factsOf(state[depth]) : countsOf(at, state) },
    ...(advice
      ? [
          {
            title: advice,
            commands: [`${start}${start === 'npm start' ? ' --' : ''} --forward-events http://127.0.0.1:4000/hook`],
          },
        ]
      : []),
    ...(on.length > 0 ? [{ title: 'Alarms', links: on.map(({ name }) => ({ href: `#alarm-${name}`, text: name })) }] : []),
  ];
  return { title, turn: flowOf(state).find((part) => part.at === at)?.turn ?? '', blocks, path: [at] };
};

const factsOf = ({ waiting, inFlight, oldest, expires }: Depth): (readonly [string, Value])[] => [
  ['Waiting', n(waiting)],
  ['In flight', n(inFlight)],
  ...(waiting > 0 ? [['Oldest from', { at: Date.now() - oldest }] as const] : []),
  ...(expires === undefined ? [] : [['First expires in', { until: expires }] as const]),
];

const countsOf = (at: string, { balance, refused, events, forwarded }: FlowState): (readonly [string, Value])[] => {
  const { acknowledged, table, same } = balance;
  const counts: Readonly<Record<string, number>> = {
    fractal: acknowledged + refused,
    ingest: acknowledged,
    refused,
    apply: table + same,
    table,
    backend: forwarded,
  };
  return [['Since the start', n(counts[at] ?? events)]];
};

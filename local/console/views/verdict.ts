import { type Cause, causeOf } from '../../deliveries/cause.ts';
import type { Hop } from '../../deliveries/function-line.ts';
import type { Observed, Trouble } from '../../deliveries/observer.ts';
import { count, n, took } from './words.ts';

/** Whose turn it is: nobody's, on its way, it is tried again by itself, or a person's. */
export type Turn = 'done' | 'move' | 'self' | 'you' | 'rest';

/** A part of a sentence: text, a time that is counted down to or from, or something to press. */
export type Part =
  | string
  | { readonly until: number }
  | { readonly code: string }
  | { readonly press: 'faults-off' | 'dead-letters' | 'missing'; readonly label: string };

export interface Verdict {
  readonly turn: Turn;
  readonly says: string;
  readonly because: readonly Part[];
}

export interface Judged extends Observed {
  readonly faults: readonly { readonly service: string; readonly action?: string | undefined }[];
  /** Whether apply does not read from the queue, because its mapping is disabled. */
  readonly isOff: boolean;
  /** How many dead letters redriving would apply, as far as the widget knows. */
  readonly applicable: number | undefined;
  /** The command line, as it is typed here. */
  readonly oncall: string;
}

interface Words {
  /** What does not answer, what fails, and what may be missing. */
  readonly words: readonly [string, string, string, string];
  /** The services whose faults cause it. */
  readonly faults: readonly string[];
}

const OF_HOP: Readonly<Record<Hop, Words>> = {
  ingest: { words: ['', 'AWS', 'requests', ''], faults: ['sqs', 'secretsmanager'] },
  apply: { words: ['', 'DynamoDB', 'writes', 'The table'], faults: ['dynamodb'] },
  publish: { words: ['', 'EventBridge', 'events', 'The event bus'], faults: ['events'] },
  forward: { words: ['', 'Your code', 'events', 'Your code'], faults: [] },
};

/** What ingest cannot do without, by its name in the log. */
const WITHOUT = {
  tokens: ['the secret cannot be read', 'Secrets Manager', 'requests', 'The secret'],
  queue: ['the queue takes no messages', 'SQS', 'messages', 'The queue'],
  '': ['ingest fails', 'AWS', 'requests', 'A part of the stack'],
} as const;

const missingIn = (problem: string): keyof typeof WITHOUT =>
  problem.startsWith('tokens') ? 'tokens' : problem.startsWith('queue') ? 'queue' : '';

/** The cause of a trouble in a sentence, with the error as AWS names it. */
export const sentenceOf = (hop: Hop, problem: string): readonly Part[] => [`${causeIn(hop, problem)}: `, { code: problem }, '. '];

/** The cause of a trouble in words. */
const causeIn = (hop: Hop, problem: string): string => {
  const [, service, fails, missing] = hop === 'ingest' ? WITHOUT[missingIn(problem)] : OF_HOP[hop].words;
  const words: Readonly<Record<Cause, string>> = {
    throttled: `${service} throttles the ${fails}`,
    denied: `${service} denies the ${fails}`,
    missing: `${missing} is missing`,
    'out of time': `${hop} runs out of time`,
    crashes: `${hop} ends without an answer`,
    'does not answer': `${service} does not answer`,
    'answers 5xx': `${service} answers with an error of its own`,
    refuses: `${service} refuses the ${fails}`,
    fails: `${hop} fails`,
  };
  return words[causeOf(problem)];
};

/** One sentence that says whether every acknowledged delivery is accounted for; if not, why, and what happens next. */
export const verdictOf = (judged: Judged): Verdict =>
  VERDICTS.map((judge) => judge(judged)).find((one) => one !== undefined) ?? READY;

const READY: Verdict = {
  turn: 'move',
  says: 'Ready for the first delivery.',
  because: ['Send one, and follow it through the flow. Whatever gets a 202 ends in the table, or waits where you can see it.'],
};

const next = ({ next: at }: Trouble): Part[] =>
  at === undefined ? ['it is tried again by itself. '] : ['the next try is in ', { until: at }, '. '];

const switchedOn = ({ faults }: Judged, hop: Hop): Part[] =>
  faults.some(({ service }) => OF_HOP[hop].faults.includes(service))
    ? [
        'You switched this fault on. ',
        { press: 'faults-off', label: faults.length > 1 ? 'Switch all faults off' : 'Switch it off' },
      ]
    : [];

/** In their order: the first that is true. */
const VERDICTS: readonly ((judged: Judged) => Verdict | undefined)[] = [
  ({ balance: { missing, queue }, queue: { waiting } }) => {
    if (missing.length === 0) return undefined;
    const says = `${count(missing.length, 'acknowledged delivery is', 'acknowledged deliveries are')} not accounted for.`;
    const because = [
      `The queue has ${n(waiting)}, the deliveries say ${n(queue + missing.length)}. `,
      { press: 'missing' as const, label: 'Show it' },
    ];
    return { turn: 'you', says, because };
  },
  (judged) => {
    const { apply } = judged.troubles;
    if (!apply) return undefined;
    const waits = count(judged.queue.waiting, 'delivery waits', 'deliveries wait');
    const why = `${causeIn('apply', apply.problem)}. `;
    return {
      turn: 'self',
      says: `${waits}: writes to the table fail.`,
      because: [why, 'Nothing is lost: ', ...next(apply), ...switchedOn(judged, 'apply')],
    };
  },
  (judged) => {
    const { ingest } = judged.troubles;
    if (!ingest) return undefined;
    const [what] = WITHOUT[missingIn(ingest.problem)];
    const why = `${causeIn('ingest', ingest.problem)}. `;
    return {
      turn: 'self',
      says: `Fractal gets 503: ${what}.`,
      because: [why, 'Fractal tries again for days. ', ...switchedOn(judged, 'ingest')],
    };
  },
  (judged) => {
    const { publish } = judged.troubles;
    if (!publish) return undefined;
    const waits = count(Math.max(1, judged.balance.applied - judged.events), 'change waits', 'changes wait');
    const why = `${causeIn('publish', publish.problem)}. `;
    return {
      turn: 'self',
      says: `${waits}: EventBridge fails.`,
      because: [why, 'They are published in order. ', ...switchedOn(judged, 'publish')],
    };
  },
  ({ troubles: { forward }, toForward }) =>
    forward && {
      turn: 'self',
      says: `${count(Math.max(1, toForward.waiting), 'event waits', 'events wait')}: your code does not take them.`,
      because: [`${causeIn('forward', forward.problem)}. `, 'Nothing is lost: ', ...next(forward)],
    },
  ({ isOff, queue: { waiting } }) =>
    isOff && waiting > 0
      ? {
          turn: 'you',
          says: `${count(waiting, 'delivery waits', 'deliveries wait')}: apply is switched off.`,
          because: ['Its event source mapping is disabled. Enable it, and they are applied.'],
        }
      : undefined,
  ({ dead: { waiting, expires }, applicable }) =>
    waiting > 0
      ? {
          turn: 'you',
          says: `${count(waiting, 'dead letter waits', 'dead letters wait')} for you.`,
          because: [
            // The widget may have read it before the last redrive.
            ...(applicable === undefined || applicable > waiting
              ? []
              : [`${n(applicable)} of them would apply if redriven now. `]),
            ...(expires === undefined ? [] : ['The first expires in ', { until: expires }, '. ']),
            { press: 'dead-letters', label: 'Review them' },
          ],
        }
      : undefined,
  ({ unpublished: { waiting }, oncall }) =>
    waiting > 0
      ? {
          turn: 'you',
          says: `${count(waiting, 'change was', 'changes were')} not published.`,
          because: ['They are in the table, and on a queue. List them: ', { code: `${oncall} events unpublished` }],
        }
      : undefined,
  ({ unforwarded: { waiting }, oncall }) =>
    waiting > 0
      ? {
          turn: 'you',
          says: `${count(waiting, 'event was', 'events were')} not taken by your code.`,
          because: ['They wait on a queue. List them: ', { code: `${oncall} events unforwarded` }],
        }
      : undefined,
  ({ balance: { acknowledged }, rate, took: ms }) =>
    acknowledged > 0
      ? {
          turn: 'done',
          says:
            acknowledged === 1
              ? 'The acknowledged delivery is accounted for.'
              : `All ${n(acknowledged)} acknowledged deliveries are accounted for.`,
          because: [
            ...(rate > 0 ? [`${rate.toFixed(1)}/s. `] : []),
            ...(ms === undefined ? [] : [`The last one was in the table after ${took(ms)}.`]),
          ],
        }
      : undefined,
];

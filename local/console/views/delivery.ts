import { maskPersonalIn } from '../../../functions/words/personal.ts';
import type { Delivery, Step as Happened } from '../../deliveries/journal.ts';
import type { Action, Block, Step, View } from './block.ts';
import { turnOf } from './turn.ts';
import { type Part, sentenceOf } from './verdict.ts';

const GAP_MS = 5_000;

/** Everything about a delivery: why it is where it is, the facts, what happened, and the body. */
export const deliveryView = (one: Delivery, attempts: number | undefined): View => {
  const { number, id, kind, type, level, who, receivedAt, body, status } = one;
  const why = whyOf(one, attempts);
  const blocks: Block[] = [
    ...(why ? [{ why: turnOf(kind), says: why }] : []),
    {
      facts: [
        ['User', who === '' ? '–' : { href: `#user-${encodeURIComponent(who)}`, text: who }],
        ['Level', level || '–'],
        ['Delivery', id === undefined ? `none: it got ${status}` : { copy: id }],
        ['Received', { at: receivedAt }],
      ],
    },
    { title: 'What happened', spans: spansOf(one), steps: stepsOf(one, attempts) },
    { title: 'Body', pre: maskPersonalIn(body) },
  ];
  const about = String(number);
  const actions: Action[] = [
    ...(kind === 'gave up' || kind === 'parked' ? [{ label: 'Redrive', does: 'redrive' as const, about: id ?? '' }] : []),
    { label: 'Send again', does: 'send', about },
    { label: 'Edit and send', does: 'edit', about },
  ];
  return { title: [kind, type].filter(Boolean).join(' · '), turn: turnOf(kind), blocks, actions, path: pathOf(one) };
};

const whyOf = ({ kind, reason, failures, next }: Delivery, attempts: number | undefined): readonly Part[] | undefined => {
  switch (kind) {
    case 'retrying': {
      const when: Part[] =
        next === undefined
          ? ['It is tried again at once']
          : [`Try ${failures + 1}${attempts ? ` of ${attempts}` : ''} is in `, { until: next }];
      return [
        ...sentenceOf('apply', reason),
        ...when,
        attempts ? `; after ${attempts} it becomes a dead letter. Nothing is lost.` : '. Nothing is lost.',
      ];
    }
    case 'parked':
      return [
        `Its signature is valid, but this release does not understand it: ${reason.replaceAll('_', ' ')}. It is kept for 14 days. Deploy a release that does, then redrive it.`,
      ];
    case 'gave up':
      return [
        ...sentenceOf('apply', reason),
        `It failed ${failures} times, and is kept for 14 days. Redrive it once the cause is fixed.`,
      ];
    case 'failed':
      return ['Fractal got ', { code: reason }, ', and tries again for days.'];
    case 'refused':
      return ['It got ', { code: reason }, '. Nothing of it is kept.'];
    case 'contested':
      return [
        'Kraken approved and rejected this user, and says no times. The rejection stands until reconcile or a person decides.',
      ];
    case 'missing':
      return ['It got 202, and is neither on a queue nor settled. This must not happen: keep the log, and open an issue.'];
    case 'duplicate':
      return ['The table already had this state. Nothing changed.'];
    case 'stale':
      return ['The table had a newer state. Nothing changed.'];
    default:
      return undefined;
  }
};

const WORDS: Readonly<Record<string, string>> = { 'gave up': 'moved to the dead letters' };

/** The steps, with what is expected next. Gaps of more than five seconds are told. */
const stepsOf = ({ steps, receivedAt, kind, failures, next }: Delivery, attempts: number | undefined): Step[] => {
  const shown = steps.flatMap((step, index): Step[] => {
    const gap = step.at - (steps[index - 1]?.at ?? step.at);
    const first = index === 0 ? { at: receivedAt } : { after: step.at - receivedAt };
    const what = WORDS[step.what] ?? step.what.replace(/^try (\d+)/, attempts ? `try $1 of ${attempts}` : 'try $1');
    const told = { turn: turnOf(step.what), what, ...first, ...(textOf(step) && { text: textOf(step) }) };
    return gap > GAP_MS ? [{ gap: `${Math.round(gap / 1_000)} s until the next step` }, told] : [told];
  });
  if (kind !== 'retrying' || next === undefined) return shown;
  return [...shown, { turn: 'move', what: `try ${failures + 1}${attempts ? ` of ${attempts}` : ''}`, until: next }];
};

const textOf = ({ what, text }: Happened): string => (what === 'accepted' ? `${text}, stored on the queue` : text);

/** How the time to the event was spent. */
const spansOf = ({ steps, receivedAt, kind }: Delivery): (readonly [string, number])[] => {
  const at = (what: string) => steps.findLast((step) => step.what === what)?.at;
  const [accepted, settled, event] = [at('accepted'), at(kind), at('event')];
  if (accepted === undefined || settled === undefined || kind === 'accepted') return [];
  // The outcome may be seen before the answer.
  return [
    ['ingest', Math.max(1, accepted - receivedAt)],
    ['queue and apply', Math.max(1, settled - accepted)],
    ...(event === undefined ? [] : [['publish', Math.max(1, event - settled)] as const]),
  ];
};

const pathOf = ({ kind, steps }: Delivery): string[] => {
  if (kind === 'refused' || kind === 'failed') return ['refused'];
  if (kind === 'parked' || kind === 'gave up' || kind === 'dropped') return ['ingest', 'dead'];
  if (kind === 'accepted' || kind === 'retrying' || kind === 'missing') return ['ingest', 'queue'];
  const has = (what: string) => steps.some((step) => step.what === what);
  if (has('forwarded')) return ['ingest', 'apply', 'publish', 'forward', 'backend'];
  return has('event') ? ['ingest', 'apply', 'publish', 'bus'] : ['ingest', 'apply', 'table'];
};

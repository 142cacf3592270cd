import type { Diagnosis } from '../core/diagnosis.ts';
import { PROSPECT_WORDS, prospectOf, span, subjectOf } from '../core/diagnosis-words.ts';
import { formatInstant } from '../core/instant.ts';
import { type Button, button, count, link } from './controls.ts';
import { type Html, html } from './html.ts';
import { mayBeRedriven, type Redriven, type Seen } from './look.ts';

const SHOWN_AT_MOST = 20;

export interface OverviewOptions {
  /** The ARN of the function that the buttons call; `undefined` where there are none. */
  readonly endpoint: string;
  readonly actions: boolean;
  readonly now: number;
}

/** All dead letters: per cause, and the oldest one by one. */
export const overview = (seen: Seen, options: OverviewOptions, redriven?: Redriven): Html => {
  const { deadLetters, hidden } = seen;
  const call = (one: Omit<Button, 'endpoint'>) => button({ ...one, endpoint: options.endpoint });
  const again = call({ label: 'Look again', parameters: {} });
  if (deadLetters.length === 0 && hidden === 0)
    return html`${notices(seen, redriven)}<p>The dead-letter queue is empty.</p>${again}`;
  const soonest = deadLetters.reduce((least, { expiresAt }) => Math.min(least, expiresAt), Number.POSITIVE_INFINITY);
  const expiry =
    deadLetters.length > 0 &&
    html` The first expires in <b>${span(soonest - options.now)}</b>, at ${formatInstant(toTheSecond(soonest))}.`;
  const applicable = deadLetters.filter(({ prospect }) => prospect === 'would_apply').length;
  const redriveAll =
    options.actions &&
    applicable > 0 &&
    call({
      label: `Redrive the ${applicable} that would apply`,
      parameters: { action: 'redrive', prospect: 'would_apply' },
      confirmation: `Send ${count(applicable, 'message')} back to the queue? The rule of the table makes this safe to repeat.`,
      primary: true,
    });
  return html`${notices(seen, redriven)}
<p><b>${count(deadLetters.length, 'dead letter')}</b>.${expiry}</p>
<p>${redriveAll} ${again}</p>
${deadLetters.length > 0 && html`${perCause(deadLetters, options, call)}${oneByOne(deadLetters, options)}`}`;
};

const notices = ({ left, hidden, tableProblem }: Seen, redriven: Redriven | undefined): Html[] => {
  const told: string[] = [];
  if (redriven) told.push(`${redriven.sent} of ${redriven.of} sent back to the queue.`);
  if (redriven?.failure) told.push(`The rest was not sent: ${redriven.failure}. Repeat it.`);
  if (left > 0)
    told.push(`About ${left} more are not shown: this looks at a thousand at a time. The command line shows all: dlq list.`);
  if (hidden > 0)
    told.push(`About ${hidden} can not be seen now: somebody else is looking at them. They show again within minutes.`);
  if (tableProblem) told.push(`What redriving would do is unknown, because the table can not be read: ${tableProblem}`);
  return told.map((text) => html`<p><b>Note:</b> ${text}</p>`);
};

const perCause = (
  deadLetters: readonly Diagnosis[],
  { actions, now }: OverviewOptions,
  call: (one: Omit<Button, 'endpoint'>) => Html,
): Html => {
  const groups = Map.groupBy(deadLetters, ({ cause, type, prospect }) => JSON.stringify([cause, type, prospect]));
  const rows = [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .map((group) => {
      const [oldest] = group as [Diagnosis];
      const { cause, prospect, firstArrivedAt } = oldest;
      const redrive =
        actions &&
        mayBeRedriven(oldest) &&
        call({
          label: 'Redrive',
          parameters: { action: 'redrive', cause, prospect },
          confirmation: `Send what is here because of "${cause}", and is now "${PROSPECT_WORDS[prospect]}", back to the queue?`,
        });
      return html`<tr><td>${group.length}</td><td>${cause}</td><td>${oldest.type ?? '–'}</td><td>${prospectOf(oldest)}</td><td>${span(now - firstArrivedAt)}</td><td>${redrive}</td></tr>
`;
    });
  return html`<table><tr><th>Count</th><th>Why it is here</th><th>Type</th><th>If redriven now</th><th>Oldest</th><th></th></tr>
${rows}</table>`;
};

const oneByOne = (deadLetters: readonly Diagnosis[], { endpoint, now }: OverviewOptions): Html => {
  const rows = deadLetters.slice(0, SHOWN_AT_MOST).map((one) => {
    const show = link({ label: one.id.slice(0, 24), parameters: { action: 'show', id: one.deadLetter.messageId }, endpoint });
    return html`<tr><td>${show}</td><td>${one.type ?? '–'}</td><td>${subjectOf(one)}</td><td>${formatInstant(toTheSecond(one.firstArrivedAt))}</td><td>in ${span(one.expiresAt - now)}</td><td>${prospectOf(one)}</td></tr>
`;
  });
  const more = deadLetters.length - rows.length;
  return html`<table><tr><th>Message</th><th>Type</th><th>Concerns</th><th>Arrived</th><th>Expires</th><th>If redriven now</th></tr>
${rows}</table>${more > 0 && html`<p>… and ${count(more, 'newer one', 'newer ones')}.</p>`}`;
};

const toTheSecond = (epochMs: number): number => Math.floor(epochMs / 1_000) * 1_000;

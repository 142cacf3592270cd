import type { Diagnosis, Prospect } from '../core/diagnosis.ts';
import { formatInstant } from '../core/instant.ts';
import { count } from '../words/count.ts';
import { PROSPECT_WORDS, prospectOf, subjectOf } from '../words/diagnosis-words.ts';
import { maskEmailsIn } from '../words/mask.ts';
import { span } from '../words/span.ts';
import type { ButtonTokens } from './button-token.ts';
import { type Button, button, link } from './controls.ts';
import { flow, YOU } from './flow.ts';
import { type Html, html } from './html.ts';
import { mayBeRedriven, type Redriven, type Seen } from './look.ts';

const SHOWN_AT_MOST = 20;

export interface OverviewOptions {
  /** The ARN of the function that buttons and links call. */
  readonly endpoint: string;
  /** Whether there are buttons that redrive. */
  readonly actions: boolean;
  readonly now: number;
  /** The URL or path of the runbook. */
  readonly runbook: string;
  /** Signs the parameters of buttons that redrive. */
  readonly sign: ButtonTokens['sign'];
}

/** All dead letters: a row per cause, and the oldest ones each. @param redriven the result of a redrive, or that it was refused */
export const overview = (seen: Seen, options: OverviewOptions, redriven?: Redriven | 'refused'): Html => {
  const { deadLetters, hidden } = seen;
  const call = (one: Omit<Button, 'endpoint'>) => button({ ...one, endpoint: options.endpoint });
  const refresh = call({ label: 'Refresh', parameters: {} });
  if (deadLetters.length === 0 && hidden === 0)
    return html`${notices(seen, redriven)}${flow(seen)}<p>The dead-letter queue is empty.</p>${refresh}`;
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
      parameters: options.sign({ action: 'redrive', prospect: 'would_apply' }),
      confirmation: `Send ${count(applicable, 'message')} back to the queue? It is safe to repeat.`,
      primary: true,
    });
  return html`${notices(seen, redriven)}${flow(seen)}
<p>${YOU} <b>${count(deadLetters.length, 'dead letter')}</b>.${expiry} ${runbook(options.runbook)}</p>
<p>${redriveAll} ${refresh}</p>
${deadLetters.length > 0 && html`${perCause(deadLetters, options, call)}${oneByOne(deadLetters, options)}`}`;
};

/** The way to the section of the runbook, which can be a path in a team's repository. */
const runbook = (place: string): Html =>
  /^https:/.test(place)
    ? html`<a href="${place}#dead-letters" target="_blank" rel="noreferrer">Runbook</a>`
    : html`Runbook: ${place}#dead-letters`;

/** What a person does with a message, by what redriving it would do. */
const ADVICE: Readonly<Record<Prospect, string>> = {
  would_apply: 'redrive: it is safe to repeat',
  would_record: 'redrive: it is safe to repeat',
  duplicate: 'redrive, or drop: the table has it',
  stale: 'redrive, or drop: the table is newer',
  contested: 'redrive, then reconcile or accept',
  unchanged: 'redrive, or drop',
  would_fail: 'fix the cause, then redrive',
  not_understood: 'deploy a release that understands it, then redrive',
  unknown: 'see why the table cannot be read',
};

const notices = ({ left, hidden, tableProblem }: Seen, redriven: Redriven | 'refused' | undefined): Html[] => {
  const texts: string[] = [];
  if (redriven === 'refused')
    texts.push(
      'Nothing was sent: the button had expired, or the request did not come from this page. Click a button again to redrive.',
    );
  else if (redriven) texts.push(`${redriven.sent} of ${redriven.of} sent back to the queue.`);
  if (typeof redriven === 'object' && redriven.failure) texts.push(`The others were not sent: ${redriven.failure}. Retry.`);
  if (left > 0) texts.push(`About ${left} more are not shown: the limit is 1,000. \`dlq list\` of the command line shows all.`);
  if (hidden > 0)
    texts.push(
      `About ${count(hidden, 'more message')} cannot be shown now: another reader has received them. Refresh in a minute.`,
    );
  if (tableProblem) texts.push(`The result of redriving is unknown because the table cannot be read: ${tableProblem}`);
  return texts.map((text) => html`<p><b>Note:</b> ${text}</p>`);
};

const perCause = (
  deadLetters: readonly Diagnosis[],
  { actions, now, sign }: OverviewOptions,
  call: (one: Omit<Button, 'endpoint'>) => Html,
): Html => {
  const groups = Map.groupBy(deadLetters, ({ cause, type, prospect }) => JSON.stringify([cause, type, prospect]));
  const rows = [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .map((group) => {
      const [oldest] = group as [Diagnosis];
      const { cause, type = '–', prospect, firstArrivedAt } = oldest;
      const redrive =
        actions &&
        mayBeRedriven(oldest) &&
        call({
          label: 'Redrive',
          parameters: sign({ action: 'redrive', cause, type, prospect }),
          confirmation: `Send ${count(group.length, 'message')} back to the queue (${maskEmailsIn(`${type}; ${cause}`)}; ${PROSPECT_WORDS[prospect]})?`,
        });
      return html`<tr><td>${group.length}</td><td>${maskEmailsIn(cause)}</td><td>${maskEmailsIn(type)}</td><td>${maskEmailsIn(prospectOf(oldest))}</td><td>${ADVICE[prospect]}</td><td>${span(now - firstArrivedAt)}</td><td>${redrive}</td></tr>
`;
    });
  return html`<table><tr><th>Count</th><th>Cause</th><th>Type</th><th>If redriven now</th><th>What to do</th><th>Oldest</th><th></th></tr>
${rows}</table>`;
};

const oneByOne = (deadLetters: readonly Diagnosis[], { endpoint, now }: OverviewOptions): Html => {
  // The oldest of each cause, then the oldest of all.
  const firsts = new Map(deadLetters.toReversed().map((one) => [one.cause, one]));
  const sorted = deadLetters.toSorted((a, b) => Number(firsts.get(b.cause) === b) - Number(firsts.get(a.cause) === a));
  const rows = sorted.slice(0, SHOWN_AT_MOST).map((one) => {
    const show = link({ label: one.id.slice(0, 24), parameters: { action: 'show', id: one.deadLetter.messageId }, endpoint });
    return html`<tr><td>${show}</td><td>${maskEmailsIn(one.type ?? '–')}</td><td>${subjectOf(one)}</td><td>${formatInstant(toTheSecond(one.firstArrivedAt))}</td><td>in ${span(one.expiresAt - now)}</td><td>${maskEmailsIn(prospectOf(one))}</td></tr>
`;
  });
  const more = deadLetters.length - rows.length;
  return html`<table><tr><th>Message</th><th>Type</th><th>Concerns</th><th>Arrived</th><th>Expires</th><th>If redriven now</th></tr>
${rows}</table>${more > 0 && html`<p>… and ${count(more, 'more', 'more')}. <code>dlq list</code> of the command line shows all.</p>`}`;
};

const toTheSecond = (epochMs: number): number => Math.floor(epochMs / 1_000) * 1_000;

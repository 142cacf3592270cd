import type { Diagnosis } from '../core/diagnosis.ts';
import { formatInstant } from '../core/instant.ts';
import { textOf } from '../core/parse-notification.ts';
import type { StoredItem } from '../core/state.ts';
import { prospectOf } from '../words/diagnosis-words.ts';
import { maskEmailsIn } from '../words/mask.ts';
import { maskPersonalIn } from '../words/personal.ts';
import { span } from '../words/span.ts';
import { type Html, html } from './html.ts';

/** One dead letter and the item that it concerns, with e-mail addresses masked and the body collapsed. */
export const letter = (one: Diagnosis, item: StoredItem | undefined, now: number): Html => {
  const { id, deadLetter, type, cause, firstArrivedAt, expiresAt, state, prospect } = one;
  const facts = [
    ['id', id],
    ['SQS message', deadLetter.messageId],
    ['type', type ?? '–'],
    ['cause', cause],
    ['arrived', `${formatInstant(firstArrivedAt)}, ${span(now - firstArrivedAt)} ago`],
    ['expires', `${formatInstant(expiresAt)}, in ${span(expiresAt - now)}`],
    ['if redriven now', prospectOf(one)],
  ].map(([name = '', value = '']) => html`<tr><th>${name}</th><td>${maskEmailsIn(value)}</td></tr>`);
  const states = state && { ...state.attributes, as_of: state.asOf };
  return html`<table>${facts}</table>
${state && html`<p>The item <b>${maskEmailsIn(`${state.key.pk} ${state.key.sk}`)}</b>${item ? folded('is now', json(item)) : ' does not exist.'}</p>`}
${prospect === 'would_apply' && folded('It would become', json(states))}
${folded('Body', bodyOf(one))}`;
};

const json = (value: unknown): string => maskPersonalIn(JSON.stringify(value, undefined, 2));

const folded = (title: string, text: string): Html => html`<details><summary>${title}</summary><pre>${text}</pre></details>`;

const bodyOf = ({ bytes }: Diagnosis): string => {
  const text = textOf(bytes);
  return text === undefined ? `(not UTF-8; in hexadecimal)\n${Buffer.from(bytes).toString('hex')}` : maskPersonalIn(text);
};

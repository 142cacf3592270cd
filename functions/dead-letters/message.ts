import type { Diagnosis } from '../core/diagnosis.ts';
import { prospectOf, span } from '../core/diagnosis-words.ts';
import { decodeEnvelope } from '../core/envelope.ts';
import { formatInstant } from '../core/instant.ts';
import { maskEmailsIn } from '../core/mask.ts';
import { textOf } from '../core/parse-notification.ts';
import type { StoredItem } from '../core/state.ts';
import { type Html, html } from './html.ts';

/** One dead letter and the item that it concerns, with e-mail addresses masked and the body collapsed. */
export const message = (one: Diagnosis, item: StoredItem | undefined, now: number): Html => {
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

const json = (value: unknown): string => maskEmailsIn(JSON.stringify(value, undefined, 2));

const folded = (title: string, text: string): Html => html`<details><summary>${title}</summary><pre>${text}</pre></details>`;

const bodyOf = ({ deadLetter }: Diagnosis): string => {
  const bytes = decodeEnvelope(deadLetter.body)?.bytes ?? Buffer.from(deadLetter.body);
  const text = textOf(bytes);
  return text === undefined ? `(not UTF-8; in hexadecimal)\n${Buffer.from(bytes).toString('hex')}` : maskEmailsIn(text);
};

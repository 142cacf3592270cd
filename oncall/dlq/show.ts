import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import { textOf } from '../../functions/core/parse-notification.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { prospectOf } from '../../functions/words/diagnosis-words.ts';
import { maskPersonalIn } from '../../functions/words/personal.ts';
import { span } from '../../functions/words/span.ts';
import { visible } from '../../functions/words/visible.ts';
import { CALLED } from '../called.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { printJson } from '../print-json.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { asJson } from './as-json.ts';
import { indented } from './indented.ts';
import { remarkOnHidden, withLetters } from './look.ts';

export interface ShowOptions {
  readonly reveal: boolean;
  readonly json: boolean;
}

/** Shows one dead letter in full, with the item that it concerns. @throws CannotRunError if there is none with this id */
export const showLetter = async (target: Target, id: string, { reveal, json }: ShowOptions): Promise<number> => {
  const { deadLetters, hidden } = await withLetters(target, async (look) => look);
  const found = deadLetters.find((one) => one.id === id || one.deadLetter.messageId === id);
  if (!found) {
    const none = `There is no message ${id} on the dead-letter queue. List the messages with: ${CALLED} dlq list${target.options}`;
    throw new CannotRunError([none, ...remarkOnHidden(hidden)].join('\n'));
  }
  const item = found.state && found.prospect !== 'unknown' && (await stateReaderOf(target).one(found.state.key));
  const hide = (text: string) => (reveal ? text : maskPersonalIn(text));
  if (json) {
    printJson({
      ...asJson(found, reveal),
      body: hide(textIn(found) ?? hexOf(found)),
      item: item ? JSON.parse(hide(JSON.stringify(item))) : null,
    });
  } else {
    console.log(
      hide(render(found, item, target))
        .split('\n')
        .map(visible)
        .join('\n'),
    );
  }
  return EXIT.done;
};

const render = (one: Diagnosis, item: StoredItem | false | undefined, { options }: Target): string => {
  const at = (epochMs: number) => formatInstant(epochMs);
  const pretty = (value: unknown) => JSON.stringify(value, undefined, 2);
  const facts: readonly (readonly [string, string])[] = [
    ['id', one.id],
    ['SQS message', one.deadLetter.messageId],
    ['type', one.type ?? 'unknown'],
    ['cause', one.cause],
    ['arrived', `${at(one.firstArrivedAt)}, ${span(Date.now() - one.firstArrivedAt)} ago`],
    ['expires', `${at(one.expiresAt)}, in ${span(one.expiresAt - Date.now())}`],
    ['if redriven now', prospectOf(one)],
  ];
  const sections = [facts.map(([name, value]) => `${name.padEnd(17)}${value}`).join('\n'), bodySection(one)];
  if (one.state) {
    const { key, attributes, asOf } = one.state;
    sections.push(
      `The item ${key.pk} / ${key.sk}:\n${item ? pretty(item) : item === false ? 'cannot be read now' : 'does not exist yet'}`,
    );
    if (one.prospect === 'would_apply') sections.push(`It would become:\n${pretty({ ...attributes, as_of: asOf })}`);
  }
  sections.push(
    `Query for CloudWatch Logs Insights, on the logs of ingest and apply, named by\n${CALLED} where${options}\n${insightsQuery(one.id)}`,
  );
  return sections.join('\n\n');
};

const insightsQuery = (id: string): string =>
  `fields @timestamp, @log, @message | filter @message like "${id}" | sort @timestamp asc`;

const bodySection = (one: Diagnosis): string => {
  const text = textIn(one);
  if (text === undefined) return `The body, in hex:\n${hexOf(one).replace(/(.{64})/g, '$1\n')}`;
  const json = indented(text);
  return json === undefined ? `The body, as received:\n${text}` : `The body, indented:\n${json}`;
};

const textIn = ({ bytes }: Diagnosis): string | undefined => textOf(bytes);

const hexOf = ({ bytes }: Diagnosis): string => Buffer.from(bytes).toString('hex');

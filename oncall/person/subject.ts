import { ownerOf } from '../../functions/core/facets.ts';
import type { Interpretation } from '../../functions/core/interpret-message.ts';
import { parseJson } from '../../functions/core/json.ts';
import { hasKrakenForm } from '../../functions/core/kraken.ts';
import { textOf } from '../../functions/core/parse-notification.ts';
import { type NamedId, normalId } from '../../functions/core/person-id.ts';
import type { Person } from './person.ts';

/** Whom a message is about: the person, nobody else named; somebody else; both; or it does not say. */
export type Subject = 'person' | 'other' | 'both' | 'none';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whom a message is about, by the fields that identify the subject: of a notification that is understood, those of its item; of
 * any other JSON in the bytes of the delivery, `user_id`, `idos_human_id` and the key of an item, where notifications, events (also those that a backend did not take) and changes have them.
 */
export const subjectOf = (interpretation: Interpretation, bytes: Uint8Array, person: Person): Subject => {
  const named = idsNamedBy(interpretation, bytes);
  const own = { user: new Set(person.users.map(normalId)), human: new Set(person.humans.map(normalId)) };
  const isOwn = named.map(({ kind, id }) => own[kind].has(normalId(id)));
  if (isOwn.length === 0) return 'none';
  return isOwn.every(Boolean) ? 'person' : isOwn.some(Boolean) ? 'both' : 'other';
};

/** The ids by which a message names its subject. */
export const idsNamedBy = (interpretation: Interpretation, bytes: Uint8Array): NamedId[] => {
  if (interpretation.kind === 'understood') return idsOf(interpretation.state.attributes);
  // Stryker disable next-line StringLiteral: it only has to be no JSON
  const body = objectIn(parseJson(textOf(bytes) ?? ''));
  const ofKraken = hasKrakenForm(body) ? namedIn('user', body.id) : [];
  return [
    ...[body, objectIn(body.data), objectIn(body.detail), objectIn(body.key), objectIn(objectIn(body.event).detail)].flatMap(
      idsOf,
    ),
    ...ofKraken,
  ];
};

const objectIn = (value: unknown): Fields => Object(value);

const idsOf = ({ user_id, idos_human_id, pk }: Fields): NamedId[] => [
  ...namedIn('user', user_id),
  ...namedIn('human', idos_human_id),
  ...(typeof pk === 'string' ? [ownerOf(pk) ?? []].flat() : []),
];

const namedIn = (kind: NamedId['kind'], value: unknown): NamedId[] =>
  typeof value === 'string' || typeof value === 'number' ? [{ kind, id: String(value) }] : [];

import { interpretMessage } from '../../functions/core/interpret-message.ts';
import { parseJson } from '../../functions/core/json.ts';
import { uuidIn } from '../../functions/core/person-id.ts';
import { decodingsOf } from './decodings.ts';
import type { Person } from './person.ts';
import { subjectOf } from './subject.ts';

/**
 * Whether a message is a person's own. `perhaps`: it mentions them but is about somebody else, or what it mentions could be
 * something else, or it can't be read.
 */
export type Mention = 'own' | 'perhaps' | 'no';

/**
 * Judges the bodies of messages, envelopes or not. A message is a person's own if a field that identifies its subject says so, or
 * if it names no subject and contains an id of theirs that is a UUID or an e-mail address, which can't be anything else. An address
 * that is not their id can be another user's too.
 */
export const createMentions = (person: Person): ((message: string) => Mention) => {
  const ids = [...person.users, ...person.humans].map(plain);
  const unmistakable = ids.flatMap((id) => uuidPattern(id) ?? addressPattern(id) ?? []);
  const addresses = person.addresses.flatMap((address) => addressPattern(plain(address)) ?? []);
  const words = ids.map(wordPattern);
  const anyIn = (patterns: readonly RegExp[], texts: readonly string[]): boolean =>
    texts.some((text) => patterns.some((pattern) => pattern.test(plain(text))));

  return (message) => {
    const interpretation = interpretMessage(message, Date.now());
    const bytes = interpretation.envelope?.bytes ?? Buffer.from(message);
    const subject = subjectOf(interpretation, bytes, person);
    if (subject === 'person') return 'own';
    const { texts, complete } = decodingsOf(bytes);
    if (anyIn(unmistakable, texts)) return subject === 'none' ? 'own' : 'perhaps';
    if (subject === 'both' || !complete || anyIn(addresses, texts)) return 'perhaps';
    const searched = interpretation.kind === 'understood' ? texts.flatMap((text) => undocumentedIn(text)) : texts;
    return anyIn(words, searched) ? 'perhaps' : 'no';
  };
};

/** Full-width and other compatible characters count as the plain ones. */
const plain = (text: string): string => text.normalize('NFKC').trim();

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

const uuidPattern = (id: string): RegExp | undefined => {
  const dashed = uuidIn(id)?.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-?$2-?$3-?$4-?');
  return dashed === undefined ? undefined : new RegExp(`(?<![\\p{L}\\p{N}])${dashed}(?![\\p{L}\\p{N}])`, 'iu');
};

const addressPattern = (text: string): RegExp | undefined =>
  /^[^\s@]+@[^\s@]+$/.test(text)
    ? new RegExp(`(?<![\\p{L}\\p{N}.+_-])${literally(text)}(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`, 'iu')
    : undefined;

const wordPattern = (id: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}_-])${literally(id)}(?![\\p{L}\\p{N}_-])`, 'iu');

/** The keys and values of a notification, except the documented fields that can't mention another person. */
const undocumentedIn = (text: string): string[] => {
  const { type: _, data, ...all } = Object(parseJson(text));
  const { id, status, ...ofKraken } = all;
  const rest = data === undefined ? ofKraken : all;
  const { level, user_id, timestamp, idos_human_id, credential_id, shared_at, ...others } = Object(data);
  // Stryker disable next-line ArrayDeclaration: a text in it that is no id changes nothing
  const found: string[] = [];
  // A list of what is left instead of recursion: input can be nested to any depth.
  for (const left: unknown[] = [rest, others]; left.length > 0; ) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) found.push(String(value));
    else if (Array.isArray(value)) for (const one of value) left.push(one);
    else for (const [key, one] of Object.entries(value)) left.push(key, one);
  }
  return found;
};

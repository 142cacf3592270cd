import * as v from 'valibot';
import { parseJson } from './json.ts';
import { hasKrakenForm, KRAKEN, UNKNOWN_STATUS } from './kraken.ts';
import { isKnownType, kindOf, type Notification, type NotificationType, statedTime } from './notification.ts';

/**
 * The result of parsing the bytes of a delivery. `type` is the type that the body claims, if any: it determines which token must
 * have signed the body, even if the rest is not understood.
 * `reason` is a code, usually with the name of the field (`missing_field: data.level`); it never contains a value from the body.
 */
export type ParseResult =
  | { readonly kind: 'understood'; readonly type: string; readonly notification: Notification }
  | { readonly kind: 'not_understood'; readonly type: string | undefined; readonly reason: string };

const ClaimSchema = v.object({ type: v.string('wrong_field') }, 'not_an_object');

const DAY_MS = 24 * 60 * 60 * 1000;

/** Decodes UTF-8 without changing or dropping anything; `undefined` if the bytes are not valid UTF-8. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  // A TextDecoder would take half a millisecond of a cold start.
  return Buffer.from(text).equals(bytes) ? text : undefined;
};

/**
 * Parses a body into a notification, or returns the reason why it is not one.
 *
 * @param now epoch milliseconds. Times more than a day later are rejected: until then, they would make real notifications stale.
 */
export const parseNotification = (bytes: Uint8Array, now: number): ParseResult => {
  if (bytes.length === 0) return notUnderstood('empty_body');
  const text = textOf(bytes);
  if (text === undefined) return notUnderstood('not_utf8');
  if (/[\uFFFE\uFFFF]/.test(text)) return notUnderstood('not_text');

  const json = parseJson(text);
  if (json === undefined) return notUnderstood('not_json');
  if (isObject(json) && !('type' in json)) {
    if (hasKrakenForm(json)) return parseAs(KRAKEN, json, now);
    return notUnderstood(`missing_field: ${missingIn(json)}`);
  }
  const claim = v.safeParse(ClaimSchema, json);
  if (!claim.success) return notUnderstood(reasonOf(claim.issues[0]));
  const { type } = claim.output;
  // Kraken's results have no type, so a body that claims this one is none of them.
  if (type === KRAKEN) return notUnderstood(`unknown_type: ${type}`);
  return isKnownType(type) ? parseAs(type, json, now) : notUnderstood(`unknown_type${nameable(type)}`, type);
};

const isObject = (json: unknown): json is object => typeof json === 'object' && json !== null && !Array.isArray(json);

/** The field without which a body is of neither contract. */
const missingIn = (body: object): string => ('id' in body ? 'status' : 'status' in body ? 'id' : 'type');

const parseAs = (type: NotificationType, json: unknown, now: number): ParseResult => {
  const { body, time } = kindOf(type);
  const parsed = v.safeParse(body, json, { abortEarly: true });
  if (!parsed.success) return notUnderstood(reasonOf(parsed.issues[0]), type);

  const notification: Notification = { type, data: parsed.output.data };
  if ((statedTime(notification) ?? now) > now + DAY_MS) return notUnderstood(`time_ahead: data.${time}`, type);
  return { kind: 'understood', type, notification };
};

const notUnderstood = (reason: string, type?: string): ParseResult => ({ kind: 'not_understood', type, reason });

// Only a plain word is repeated, because responses and logs must not contain arbitrary input.
const nameable = (type: string): string => (/^[a-z][a-z0-9_.]{0,63}$/.test(type) ? `: ${type}` : '');

const reasonOf = (issue: v.BaseIssue<unknown>): string => {
  const path = v.getDotPath(issue);
  if (path === null) return issue.message;
  if (issue.message === UNKNOWN_STATUS) return `${UNKNOWN_STATUS}${nameable(String(issue.input))}`;
  return `${issue.path?.at(-1)?.value === undefined ? 'missing_field' : issue.message}: ${path}`;
};

import { parseJson } from '../../functions/core/json.ts';
import { hasKrakenForm, KRAKEN } from '../../functions/core/kraken.ts';

// biome-ignore lint/suspicious/noExplicitAny: untrusted JSON; only fields of the expected type are used.
type Json = Record<string, any>;

/** Parses a JSON object. @returns an empty object for any other text */
export const parseObject = (text: string): Json => Object(parseJson(text));

/** A short subject of a notification or of an event's detail, never with an e-mail address. */
export const subjectOf = ({ type, data, ...body }: Json): string => {
  if (type === undefined && hasKrakenForm(body))
    return subjectOf({ type: body.status, data: { level: KRAKEN, user_id: body.id } });
  const { level, user_id, idos_human_id, credential_id } = Object(data);
  return [type, level, user_id, idos_human_id, credential_id].filter((part) => typeof part === 'string').join('  ');
};

// biome-ignore lint/suspicious/noExplicitAny: other people's JSON, of which only what is there is shown.
type Json = Record<string, any>;

/** The object that a text is in JSON; an empty one for anything else. */
export const parseObject = (text: string): Json => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};

/** What a notification, or the detail of an event, is about, in short. An e-mail address is never part of it. */
export const subjectOf = ({ type, data }: Json): string => {
  const { level, user_id, idos_human_id, credential_id } = Object(data);
  return [type, level, user_id, idos_human_id, credential_id].filter((part) => typeof part === 'string').join('  ');
};

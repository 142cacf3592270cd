/** Whom an id names. */
export interface NamedId {
  readonly kind: 'user' | 'human';
  readonly id: string;
}

/**
 * The form in which ids are compared. A UUID is the same in upper or lower case, with or without dashes, in braces, or as a URN
 * (RFC 9562); any other id is the same in every Unicode normalization form, and with white space around it.
 */
export const normalId = (id: string): string => uuidIn(id) ?? id.trim().normalize();

/** The 32 hex digits of a UUID, in lower case; `undefined` if the text is none. */
export const uuidIn = (text: string): string | undefined => {
  const bare = text
    .normalize('NFKC')
    .trim()
    .replace(/^(?:urn:uuid:)?\{?|\}$/gi, '');
  const digits = bare.replaceAll('-', '').toLowerCase();
  return /^[\da-f]{32}$/.test(digits) ? digits : undefined;
};

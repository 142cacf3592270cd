/** An e-mail address with just enough left to recognize it: `j…@fractal.id`. */
export const maskEmail = (email: string): string =>
  email.replace(/^([^@]?).*?(@[^@]*)?$/su, (_, first, domain = '') => `${first}…${domain}`);

// The sign as it is, and as JSON, URLs and XML write it.
const AT = /@|\\u0040|%40|&#64;|&#x40;/gi;
const ENDS_A_LOCAL_PART = /[\s"'<>,;:=(){}[\]|@]/;

/** A text with every e-mail address in it masked. Takes a time in proportion to its length, whatever is in it. */
export const maskEmailsIn = (text: string): string => {
  let masked = '';
  let from = 0;
  for (const { 0: at, index } of text.matchAll(AT)) {
    let start = index;
    while (start > from && !ENDS_A_LOCAL_PART.test(text[start - 1] ?? ' ')) start -= 1;
    const [first = ''] = text.slice(start, index);
    masked += `${text.slice(from, start)}${first}${start < index ? '…' : ''}${at}`;
    from = index + at.length;
  }
  return masked + text.slice(from);
};

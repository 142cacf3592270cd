/** Masks an e-mail address but keeps it recognizable: `j…@fractal.id`. */
export const maskEmail = (email: string): string =>
  email.replace(/^([^@]?).*?(@[^@]*)?$/su, (_, first, domain = '') => `${first}…${domain}`);

// The @ sign, plain and as escaped in JSON, URLs and XML.
const AT = /@|\\u0040|%40|&#64;|&#x40;/gi;
const ENDS_A_LOCAL_PART = /[\s"'<>,;:=(){}[\]|@]/;

/** Masks every e-mail address in a text. Runs in linear time for any input. */
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

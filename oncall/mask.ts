/** An e-mail address with just enough left to recognize it: `j…@fractal.id`. */
export const maskEmail = (email: string): string =>
  email.replace(/^([^@]?).*?(@[^@]*)?$/su, (_, first, domain = '') => `${first}…${domain}`);

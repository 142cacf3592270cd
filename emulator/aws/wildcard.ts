/** Matches a whole text. `*` stands for any text, `?` for any character. */
export const wildcard = (pattern: string): RegExp => {
  const escaped = pattern
    .replace(/[^\w*?]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
};

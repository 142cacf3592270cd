/** Text from outside, for a terminal: it can't move the cursor, colour the screen or turn the direction of writing. */
export const visible = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');

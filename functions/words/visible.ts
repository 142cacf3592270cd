/** Makes untrusted text safe for a terminal: it can't move the cursor, change colors or reverse the text direction. */
export const visible = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');

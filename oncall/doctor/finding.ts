/** What one check found: that all is well, what is wrong and how to mend it, or that it could not look. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'wrong' | 'unknown';
  readonly says: string;
  /** What to do, where something is not well. */
  readonly remedy?: string;
}

export const well = (check: string, says: string): Finding => ({ check, result: 'ok', says });

export const wrong = (check: string, says: string, remedy: string): Finding => ({ check, result: 'wrong', says, remedy });

export const unknown = (check: string, says: string, remedy: string): Finding => ({ check, result: 'unknown', says, remedy });

/** What one check found: that all is well, what is wrong and how to fix it, that it could not look, or that it was not made. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'wrong' | 'unknown' | 'skipped';
  readonly says: string;
  /** What to do, where something is not well. */
  readonly remedy?: string;
}

export const well = (check: string, says: string): Finding => ({ check, result: 'ok', says });

export const wrong = (check: string, says: string, remedy: string): Finding => ({ check, result: 'wrong', says, remedy });

export const unknown = (check: string, says: string, remedy: string): Finding => ({ check, result: 'unknown', says, remedy });

export const skipped = (check: string, says: string, remedy: string): Finding => ({ check, result: 'skipped', says, remedy });

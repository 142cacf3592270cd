/** The result of one check. `unknown`: it could not run. `skipped`: it was not run, because of another problem. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'wrong' | 'unknown' | 'skipped';
  readonly says: string;
  /** What to do, unless the result is `ok`. */
  readonly remedy?: string;
}

export const ok = (check: string, says: string): Finding => ({ check, result: 'ok', says });

export const wrong = (check: string, says: string, remedy: string): Finding => ({ check, result: 'wrong', says, remedy });

export const unknown = (check: string, says: string, remedy: string): Finding => ({ check, result: 'unknown', says, remedy });

export const skipped = (check: string, says: string, remedy: string): Finding => ({ check, result: 'skipped', says, remedy });

/** What one check found: that all is well, or what is wrong and how to mend it. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly says: string;
  /** What to do, where something is wrong. */
  readonly remedy?: string;
}

export const well = (check: string, says: string): Finding => ({ check, ok: true, says });

export const wrong = (check: string, says: string, remedy: string): Finding => ({ check, ok: false, says, remedy });

/** What is known about a delivery besides its bytes. `id` is derived from the bytes, `receivedAt` is epoch milliseconds. */
export interface Receipt {
  readonly id: string;
  readonly receivedAt: number;
  /** What a person states, or Fractal when asked, instead of a webhook. */
  readonly decision?: Decision | undefined;
  /** Default: `operator` with a decision, `webhook` without. */
  readonly source?: Source | undefined;
}

/**
 * Who has stated what a delivery says: Fractal, by webhook; a person who decided; a file of states that was imported; Fractal, when
 * `reconcile` asked.
 */
export const SOURCES = ['webhook', 'operator', 'import', 'reconciled'] as const;

export type Source = (typeof SOURCES)[number];

/** Why a delivery is authentic: the entry of the secret whose token has signed it, and the SHA-256 of the signature, in hex. */
export interface Proof {
  readonly entry: string;
  readonly signatureSha256: string;
}

/** The decision of a person between results that contradict each other, or what Fractal said when asked, with the place that it takes in the order of the table. */
export interface Decision {
  readonly asOf: number;
  readonly statusRank: number;
  readonly by: string;
  readonly why: string;
}

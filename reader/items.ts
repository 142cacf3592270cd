/** The state of a level of a user; a result of Kraken has the level `kraken`. */
export interface Level {
  readonly user_id: string;
  readonly level: string;
  readonly status: 'approved' | 'contacted' | 'rejected';
  /** The same moment as `as_of`, such as `2020-10-09T10:50:32Z`; when a result of Kraken was received. Not of a state that `reconcile` has healed. */
  readonly timestamp?: string;
  /** Epoch milliseconds: when it became true, by Fractal's time. Of Kraken, when a rejection was received, and 0 for an approval. */
  readonly as_of: number;
  /** Why Kraken has rejected the user: personal data. */
  readonly note?: string;
  /** Who has decided between results of Kraken that contradict each other, and why. */
  readonly decided_by?: string;
  readonly decided_why?: string;
}

/** The e-mail address of a user. */
export interface Email {
  readonly user_id: string;
  readonly email: string;
  /** Epoch milliseconds: when the change was received, because Fractal does not send the time of the change. */
  readonly as_of: number;
}

/** A credential that an idOS human has shared. */
export interface Credential {
  readonly idos_human_id: string;
  readonly credential_id: string;
  /** The same moment as `as_of`, such as `2020-10-09T10:50:32Z`. */
  readonly shared_at: string;
  /** Epoch milliseconds. */
  readonly as_of: number;
}

/** What the history has of one delivery. */
export interface Delivery {
  /** The same for the same bytes. */
  readonly id: string;
  /** `verification_approved` and Fractal's other types; `kraken` for a result of Kraken. */
  readonly type: string;
  readonly received_at: Date;
  readonly recorded_at: Date;
  /** The body as it came: personal data. */
  readonly body: Uint8Array;
  /** Who stated it: Fractal, by webhook; a person who decided; a file that was imported; Fractal, when asked. */
  readonly source: 'webhook' | 'operator' | 'import' | 'reconciled';
}

export interface ApprovalOptions {
  /** Approvals that are older do not count: for teams that must verify again. Any number above 0; default: no limit. */
  readonly maxAgeDays?: number;
}

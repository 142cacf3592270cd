/** The state of a level; a result of Kraken has the level `kraken`. */
interface LevelState<Status> {
  readonly status: Status;
  /** The same moment as `as_of`, such as `2020-10-09T10:50:32Z`; when a result of Kraken was received. Not of a state that `reconcile` has healed. */
  readonly timestamp?: string;
  /** Epoch milliseconds: when it became true, by Fractal's time. Of Kraken, when a rejection was received, and 0 for an approval. */
  readonly as_of: number;
}

interface CredentialState {
  /** The same moment as `as_of`, such as `2020-10-09T10:50:32Z`. */
  readonly shared_at: string;
  /** Epoch milliseconds. */
  readonly as_of: number;
}

interface EmailState {
  /** Epoch milliseconds: when the change was received. */
  readonly as_of: number;
}

interface OfLevel {
  readonly user_id: string;
  readonly level: string;
}

interface OfCredential {
  readonly idos_human_id: string;
  readonly credential_id: string;
}

/** Events do not contain the address; read it from the table. */
interface OfEmail {
  readonly user_id: string;
}

interface EventBase {
  readonly version: 1;
  /** The same if this change is published again. */
  readonly id: string;
  /** It is no change, but the current state: `events snapshot` has sent it, with the source `fractal-webhooks.snapshot`. */
  readonly snapshot?: true;
  /** The rule for which a snapshot is. */
  readonly rule?: string;
}

/** `previous` is the state before the change; `null` if there was none. */
type Changed<Subject, Now, Before = Now> = EventBase & Subject & Now & { readonly previous: Before | null };

/** The item was deleted. Delete your copies of its data too. */
type Forgotten<Subject, Before> = EventBase & Subject & { readonly previous: Before };

type Verification<Status> = Changed<OfLevel, LevelState<Status>, LevelState<'approved' | 'contacted' | 'rejected'>>;

/** The `detail` of each event, by detail type. */
export interface EventDetails {
  readonly verification_approved: Verification<'approved'>;
  readonly verification_contacted: Verification<'contacted'>;
  readonly verification_rejected: Verification<'rejected'>;
  readonly credential_shared: Changed<OfCredential, CredentialState>;
  readonly email_changed: Changed<OfEmail, EmailState>;
  readonly forgotten:
    | Forgotten<OfLevel, LevelState<'approved' | 'contacted' | 'rejected'>>
    | Forgotten<OfCredential, CredentialState>
    | Forgotten<OfEmail, EmailState>;
}

export type DetailType = keyof EventDetails;

/** The `detail` that a rule's target receives for an event of this type. */
export type EventDetail<Type extends DetailType> = EventDetails[Type];

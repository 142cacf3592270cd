/** What is true of a level, at a moment. */
interface LevelState<Status> {
  readonly status: Status;
  /** The same moment as `as_of`, such as `2020-10-09T10:50:32Z`. */
  readonly timestamp: string;
  /** Epoch milliseconds: since when it is so, by Fractal's time. */
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

/** The address itself is in the table alone. */
interface OfEmail {
  readonly user_id: string;
}

interface Told {
  readonly version: 1;
  /** The same whenever this change is told again. */
  readonly id: string;
}

/** `previous` is what was true before; `null` where nothing was known. */
type Changed<Subject, Now, Before = Now> = Told & Subject & Now & { readonly previous: Before | null };

/** The item was deleted: delete what you have of it, too. */
type Forgotten<Subject, Before> = Told & Subject & { readonly previous: Before };

type Verification<Status> = Changed<OfLevel, LevelState<Status>, LevelState<'approved' | 'contacted' | 'rejected'>>;

/** What each event says, by its detail type. */
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

/** What an event of this type says: the `detail` that a rule's target gets. */
export type EventDetail<Type extends DetailType> = EventDetails[Type];

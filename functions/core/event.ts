import * as v from 'valibot';
import { isMadeUp } from './made-up.ts';
import type { Contradiction, StoredItem } from './state.ts';

/** Whose word an event is: what a team's rules match. */
export const EVENT_SOURCE = 'fractal-webhooks';

/** Whose word it is of a person whom the release check or `doctor` has made up: no team's rule matches it. */
export const CHECK_SOURCE = 'fractal-webhooks.check';

const Verification = { user_id: v.string(), level: v.string() };
const VerificationState = { status: v.picklist(['approved', 'contacted', 'rejected']), timestamp: v.string() };
const Credential = { idos_human_id: v.string(), credential_id: v.string() };
const CredentialState = { shared_at: v.string() };
const Email = { user_id: v.string() };
const EmailState = {};
/** Epoch milliseconds: the moment since which it is so, by Fractal's time; of an address, when it was received. */
const AsOf = { as_of: v.number() };

const detailOf = <Subject extends v.ObjectEntries, State extends v.ObjectEntries, Now extends v.ObjectEntries = State>(
  subject: Subject,
  state: State,
  now: Now = state as unknown as Now,
) =>
  v.object({
    version: v.literal(1),
    /** The same whenever this change is told again. */
    id: v.string(),
    ...subject,
    ...now,
    ...AsOf,
    /** What was true before; `null` where nothing was known. */
    previous: v.nullable(v.object({ ...state, ...AsOf })),
  });

const forgottenOf = <Subject extends v.ObjectEntries, State extends v.ObjectEntries>(subject: Subject, state: State) =>
  v.object({ version: v.literal(1), id: v.string(), ...subject, previous: v.object({ ...state, ...AsOf }) });

const verificationOf = <Status extends string>(status: Status) =>
  detailOf(Verification, VerificationState, { ...VerificationState, status: v.literal(status) });

/** What an event says, by its detail type. Never an e-mail address: the table has it. */
export const EVENT_DETAILS = {
  verification_approved: verificationOf('approved'),
  verification_contacted: verificationOf('contacted'),
  verification_rejected: verificationOf('rejected'),
  credential_shared: detailOf(Credential, CredentialState),
  email_changed: detailOf(Email, EmailState),
  forgotten: v.union([
    forgottenOf(Verification, VerificationState),
    forgottenOf(Credential, CredentialState),
    forgottenOf(Email, EmailState),
  ]),
} as const;

export type DetailType = keyof typeof EVENT_DETAILS;

/** One change of one item of the table, as EventBridge is told of it. */
export type ChangeEvent = {
  [Type in DetailType]: {
    readonly source: typeof EVENT_SOURCE | typeof CHECK_SOURCE;
    readonly detailType: Type;
    readonly detail: v.InferOutput<(typeof EVENT_DETAILS)[Type]>;
  };
}[DetailType];

/** A change of an item, as the table's stream tells it. `id` is the same whenever it is told. */
export interface Change {
  readonly id: string;
  readonly key: { readonly pk: string; readonly sk: string };
  readonly before: StoredItem | undefined;
  readonly after: StoredItem | undefined;
}

/**
 * The event that a change leads to. None where nothing changed that a notification states: a team may keep notes of its own in an item,
 * and items of its own beside those.
 */
export const eventOf = ({ id, key, before, after }: Change): ChangeEvent | Contradiction | undefined => {
  const facet = facetOf(key);
  if (!facet) return undefined;
  const now = facet.read(after);
  if (now && 'contradiction' in now) return now;
  const known = facet.read(before);
  const previous = known && 'state' in known ? known : undefined;
  if (now?.compared === previous?.compared) return undefined;

  const source = isMadeUp(key.pk) ? CHECK_SOURCE : EVENT_SOURCE;
  const { subject } = (now ?? previous) as Known;
  const detail = { version: 1, id, ...subject, ...now?.state, previous: previous?.state ?? null };
  return { source, detailType: now?.detailType ?? 'forgotten', detail } as ChangeEvent;
};

/** What an item says: about whom, what of it an event may tell, and all that makes it another. */
interface Known {
  readonly subject: object;
  readonly state: object;
  readonly detailType: DetailType;
  readonly compared: string;
}

interface Facet {
  read(item: StoredItem | undefined): Known | Contradiction | undefined;
}

const facet = <Subject extends v.ObjectEntries, State extends v.ObjectEntries>(
  subject: Subject,
  state: State,
  detailType: (state: Record<string, unknown>) => DetailType,
  hidden: v.ObjectEntries = {},
): Facet => {
  const [Subject, State, Whole] = [
    v.object(subject),
    v.object({ ...state, ...AsOf }),
    v.object({ ...subject, ...state, ...AsOf, ...hidden }),
  ];
  return {
    read: (item) => {
      // Without a time an item is a team's own, or has been made so.
      if (item?.as_of === undefined) return undefined;
      const whole = v.safeParse(Whole, item);
      if (!whole.success)
        return { contradiction: `the ${v.getDotPath(whole.issues[0]) ?? 'whole'} of the item is not as it is written` };
      return {
        subject: v.parse(Subject, item),
        state: v.parse(State, item),
        detailType: detailType(item),
        compared: JSON.stringify(whole.output),
      };
    },
  };
};

const FACETS: readonly (readonly [RegExp, RegExp, Facet])[] = [
  [/^USER#/, /^LEVEL#/, facet(Verification, VerificationState, ({ status }) => `verification_${status}` as DetailType)],
  [/^USER#/, /^EMAIL$/, facet(Email, EmailState, () => 'email_changed', { email: v.string() })],
  [/^HUMAN#/, /^CREDENTIAL#/, facet(Credential, CredentialState, () => 'credential_shared')],
];

const facetOf = ({ pk, sk }: Change['key']): Facet | undefined =>
  FACETS.find(([partition, sort]) => partition.test(pk) && sort.test(sk))?.[2];

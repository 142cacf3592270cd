import * as v from 'valibot';
import { InstantSchema } from './instant.ts';

// A DynamoDB sort key takes up to 1,024 bytes, and only text; Fractal's identifiers are UUIDs and short words.
// Any other identifier could not be stored, looked up or displayed, so it is not understood.
const Identifier = v.pipe(
  v.string('wrong_field'),
  v.nonEmpty('wrong_field'),
  v.maxBytes(512, 'wrong_field'),
  v.regex(/^[^\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]*$/u, 'wrong_field'),
);

const STATUS = {
  verification_approved: 'approved',
  verification_contacted: 'contacted',
  verification_rejected: 'rejected',
} as const;

export type Status = (typeof STATUS)[keyof typeof STATUS];

const Verification = v.object({
  type: v.picklist(['verification_approved', 'verification_contacted', 'verification_rejected']),
  data: v.object({ level: Identifier, user_id: Identifier, timestamp: InstantSchema }, 'wrong_field'),
});

const CredentialShared = v.object({
  type: v.literal('credential_shared'),
  data: v.object({ idos_human_id: Identifier, credential_id: Identifier, shared_at: InstantSchema }, 'wrong_field'),
});

const EmailChanged = v.object({
  type: v.literal('email_changed'),
  data: v.object({ user_id: Identifier, email: Identifier }, 'wrong_field'),
});

/**
 * The five notifications that Fractal documents. An unknown level is data, since Fractal's list of levels grows;
 * undocumented fields are ignored.
 */
export const NotificationSchema = v.variant('type', [Verification, CredentialShared, EmailChanged]);

export type Notification = v.InferOutput<typeof NotificationSchema>;
export type VerificationNotification = v.InferOutput<typeof Verification>;
export type NotificationType = Notification['type'];

export const NOTIFICATION_TYPES = [
  ...Verification.entries.type.options,
  CredentialShared.entries.type.literal,
  EmailChanged.entries.type.literal,
] as const satisfies readonly NotificationType[];

export const isKnownType = (type: string): type is NotificationType => (NOTIFICATION_TYPES as readonly string[]).includes(type);

/** In a secret with tokens per type: the entry for every type without its own entry. */
export const ALL_OTHER_TYPES = '*';

export const statusOf = ({ type }: VerificationNotification): Status => STATUS[type];

import * as v from 'valibot';
import { InstantSchema } from './instant.ts';

// A key of DynamoDB takes 1,024 bytes (sort) and text only; Fractal's identifiers are UUIDs and short words.
// What is outside of this could not be stored, looked up or shown, so it is not understood.
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
 * fields that the documents don't name are ignored.
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

/** Where tokens are told apart by type: the name for every type that has no entry of its own. */
export const ALL_OTHER_TYPES = '*';

export const statusOf = ({ type }: VerificationNotification): Status => STATUS[type];

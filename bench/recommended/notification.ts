import { z } from 'zod';

const Verification = z.object({
  type: z.enum(['verification_approved', 'verification_contacted', 'verification_rejected']),
  data: z.object({
    level: z.string().min(1).max(512),
    user_id: z.string().min(1).max(512),
    timestamp: z.iso.datetime({ offset: true }),
  }),
});

const CredentialShared = z.object({
  type: z.literal('credential_shared'),
  data: z.object({
    idos_human_id: z.string().min(1).max(512),
    credential_id: z.string().min(1).max(512),
    shared_at: z.iso.datetime({ offset: true }),
  }),
});

const EmailChanged = z.object({
  type: z.literal('email_changed'),
  data: z.object({ user_id: z.string().min(1).max(512), email: z.string().min(1).max(512) }),
});

export const NotificationSchema = z.discriminatedUnion('type', [Verification, CredentialShared, EmailChanged]);

export const EnvelopeSchema = z.object({ id: z.string(), received_at: z.number(), notification: NotificationSchema });

export type Envelope = z.infer<typeof EnvelopeSchema>;

import type { Diagnosis } from '../../functions/core/diagnosis.ts';

/** The diagnosis of a message that apply gave up on, and that would apply. */
export const aDiagnosis = (some: Partial<Diagnosis>): Diagnosis => ({
  deadLetter: { messageId: 'm', receiptHandle: 'r', body: '', sentAt: 0 },
  bytes: Buffer.alloc(0),
  id: 'i',
  type: 'verification_approved',
  state: undefined,
  cause: 'apply gave up after 5 attempts',
  prospect: 'would_apply',
  problem: undefined,
  firstArrivedAt: 0,
  expiresAt: 0,
  ...some,
});

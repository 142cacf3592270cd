import * as v from 'valibot';
import type { Envelope } from './envelope.ts';
import { STATUSES } from './facets.ts';
import { parseJson } from './json.ts';
import { Identifier } from './notification.ts';
import { type ParseResult, parseNotification } from './parse-notification.ts';

/** A row of Fractal's list of verifications, whose status can be a state. It has no time. */
const RowSchema = v.object({ user_id: Identifier, level: Identifier, credential: v.picklist(STATUSES) });

/** Parses the body of an envelope: a notification or, if `reconcile` has sent it, perhaps a row of Fractal's list. */
export const parseBody = ({ bytes, source, decision }: Envelope, now: number): ParseResult => {
  if (source === 'reconciled' && decision) {
    const row = v.safeParse(RowSchema, parseJson(Buffer.from(bytes).toString()));
    if (row.success) {
      const { credential, ...data } = row.output;
      const type = `verification_${credential}` as const;
      return { kind: 'understood', type, notification: { type, data } };
    }
  }
  return parseNotification(bytes, now);
};

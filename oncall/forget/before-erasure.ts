import { interpretMessage } from '../../functions/core/interpret-message.ts';
import type { NamedId } from '../../functions/core/person-id.ts';
import { hashOf, type Ledger } from '../../functions/erasure.ts';

import { idsNamedBy } from '../person/subject.ts';

/** The ids by which an envelope names its subject; none for any other message. */
export const idsIn = (message: string): NamedId[] => {
  const read = interpretMessage(message, Date.now());
  return read.envelope ? idsNamedBy(read, read.envelope.bytes) : [];
};

/** Whether all whom an envelope names were erased after it was received. */
export const isFromBeforeErasure = (ledger: Ledger, message: string): boolean => {
  const { envelope } = interpretMessage(message, Date.now());
  const named = idsIn(message);
  return (
    envelope !== undefined &&
    named.length > 0 &&
    named.every((one) => envelope.receivedAt <= (ledger.get(hashOf(one)) ?? Number.NEGATIVE_INFINITY))
  );
};

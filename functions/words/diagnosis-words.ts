import { claimOf } from '../core/claim.ts';
import type { Diagnosis, Prospect } from '../core/diagnosis.ts';
import { maskEmailsIn } from './mask.ts';
import { visible } from './visible.ts';

export const PROSPECT_WORDS: Readonly<Record<Prospect, string>> = {
  would_apply: 'would apply',
  would_record: 'would record',
  duplicate: 'duplicate',
  stale: 'stale',
  contested: 'contested: the rejection stands',
  unchanged: 'changes nothing',
  would_fail: 'would fail',
  not_understood: 'still not understood',
  unknown: 'unknown',
};

/** The user or human and the item that a message concerns; of an invalid message, what its body claims. E-mail addresses are masked. */
export const subjectOf = ({ state, bytes }: Diagnosis): string => {
  if (!state) {
    const { who, what } = claimOf(bytes);
    return who === undefined ? '–' : idsOf(who, what);
  }
  const { user_id, idos_human_id, level, credential_id } = state.attributes;
  return idsOf(user_id ?? idos_human_id, level ?? credential_id ?? 'e-mail');
};

// A team can use e-mail addresses as ids.
const idsOf = (...ids: readonly (string | number | undefined)[]): string =>
  ids
    .filter((id) => id !== undefined && id !== '')
    .map((id) => maskEmailsIn(visible(String(id))))
    .join(' ');

/** The result of redriving, with the reason if it would fail for another reason than the message was parked for. */
export const prospectOf = ({ prospect, problem, cause }: Diagnosis): string =>
  problem && !cause.endsWith(problem) ? `${PROSPECT_WORDS[prospect]}: ${problem}` : PROSPECT_WORDS[prospect];

import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { CannotRunError } from '../failure.ts';
import { createMentions } from '../person/mentions.ts';

/** Which messages to select. A message must meet all conditions. */
export interface Selection {
  readonly id?: string;
  readonly type?: string;
  readonly reason?: string;
  readonly user?: string;
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly wouldApply?: boolean;
  readonly all?: boolean;
  readonly limit?: number;
}

/** The selected messages, oldest first. @throws CannotRunError if there is no condition */
export const select = (deadLetters: readonly Diagnosis[], selection: Selection, now: number): Diagnosis[] => {
  const { id, type, reason, user, olderThan, wouldApply, all, limit } = selection;
  const conditions: ((one: Diagnosis) => boolean)[] = [];
  if (id !== undefined) conditions.push((one) => one.id === id || one.deadLetter.messageId === id);
  if (type !== undefined) conditions.push((one) => one.type === type);
  if (reason !== undefined) conditions.push((one) => one.cause.includes(reason));
  if (user !== undefined) {
    // Stryker disable next-line ArrayDeclaration: no message has the id or address that takes the place of none
    const mentionIn = createMentions({ users: [user], humans: [], addresses: [] });
    conditions.push((one) => mentionIn(one.deadLetter.body) === 'own');
  }
  if (olderThan !== undefined) conditions.push((one) => now - one.firstArrivedAt > olderThan);
  if (wouldApply) conditions.push(({ prospect }) => prospect === 'would_apply' || prospect === 'would_record');
  if (conditions.length === 0 && !all) {
    throw new CannotRunError('Specify --id, --type, --reason, --user, --older-than, --would-apply, or --all.');
  }
  return deadLetters.filter((one) => conditions.every((holds) => holds(one))).slice(0, limit);
};

/** How many of the messages that could not be received might have been selected too. */
export const unseenBy = ({ id, limit }: Selection, selected: number, hidden: number): number =>
  (id !== undefined && selected > 0) || selected === limit ? 0 : hidden;

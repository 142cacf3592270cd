import { ownerOf } from '../../functions/core/facets.ts';
import { normalId, uuidIn } from '../../functions/core/person-id.ts';

/** The ids under which the stack knows a person. */
export interface Person {
  /** `user_id`. */
  readonly users: readonly string[];
  /** `idos_human_id`. */
  readonly humans: readonly string[];
  readonly addresses: readonly string[];
}

/** The partition keys of the table that are this person's, by their normal form. */
export const isPartitionOf = ({ users, humans }: Person): ((pk: string) => boolean) => {
  const own = { user: new Set(users.map(normalId)), human: new Set(humans.map(normalId)) };
  return (pk) => {
    const owner = ownerOf(pk);
    return owner !== undefined && own[owner.kind].has(normalId(owner.id));
  };
};

/** The usual other ways to write an id: a UUID in upper or lower case, with or without dashes; other Unicode normalization forms. */
export const spellingsOf = (id: string): string[] => {
  const undashed = uuidIn(id);
  const dashed = undashed?.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const trimmed = id.trim();
  const all =
    undashed && dashed
      ? [dashed, dashed.toUpperCase(), undashed, undashed.toUpperCase()]
      : [trimmed.normalize(), trimmed.normalize('NFD')];
  return [...new Set(all)].filter((spelling) => spelling !== id);
};

import type { Key } from '../../functions/core/facets.ts';
import type { StoredItem } from '../../functions/core/state.ts';

/** A change that was not published. */
export interface SetAsideChange {
  readonly id: string;
  readonly key: Key;
  readonly before: StoredItem | undefined;
  readonly problem: string;
}

/** What a message on the queue of unpublished changes holds. */
export type Contents =
  /** `remove` deletes what the message points to. */
  | { readonly kind: 'changes'; readonly changes: readonly SetAsideChange[]; remove?(): Promise<void> }
  | { readonly kind: 'none'; readonly what: string; readonly problem: string; readonly says: string };

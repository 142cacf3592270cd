import type { Part, Turn } from './verdict.ts';

/** A value that the page shows: text, something to copy, a link within the page, a time, or a countdown (epoch milliseconds). */
export type Value =
  | string
  | { readonly copy: string }
  | { readonly href: string; readonly text: string }
  | { readonly at: number }
  | { readonly until: number }
  | { readonly word: string; readonly turn: Turn };

/** A step of a timeline; a gap says how long nothing happened. */
export type Step =
  | { readonly gap: string }
  | {
      readonly turn?: Turn;
      readonly what: string;
      readonly at?: number;
      readonly after?: number;
      readonly until?: number;
      readonly text?: string;
      /** Of what it came with. */
      readonly id?: string;
    };

/** A part of the inspector. */
export type Block =
  | { readonly text: string }
  | { readonly why: Turn; readonly says: readonly Part[] }
  | { readonly title?: string; readonly facts: readonly (readonly [string, Value])[] }
  | { readonly title: string; readonly spans: readonly (readonly [string, number])[]; readonly steps: readonly Step[] }
  | {
      readonly title: string;
      readonly head: readonly string[];
      readonly rows: readonly { readonly cells: readonly Value[]; readonly differs?: boolean }[];
      readonly empty: string;
    }
  | { readonly title: string; readonly pre: string; readonly folded?: boolean }
  | { readonly title: string; readonly commands: readonly string[] }
  | { readonly title: string; readonly signs: readonly (readonly [Turn, string])[] }
  | {
      readonly title: string;
      readonly links: readonly { readonly href: string; readonly text: string }[];
      readonly folded?: boolean;
    }
  | { readonly title: string; readonly load: string }
  | { readonly form: 'as-of'; readonly value: string }
  | {
      readonly alarm: string;
      readonly turn: Turn;
      readonly since: number | undefined;
      readonly says: string;
      readonly html: string;
      readonly open: boolean;
    };

export interface Action {
  readonly label: string;
  readonly does: 'redrive' | 'send' | 'edit' | 'reconcile';
  readonly about: string;
}

/** What the inspector shows of something. */
export interface View {
  readonly title: string;
  readonly turn: Turn | '';
  readonly blocks: readonly Block[];
  readonly actions?: readonly Action[];
  /** The parts of the flow that a delivery has passed, and where it rests. */
  readonly path?: readonly string[];
}

import type { Turn } from './verdict.ts';

// Each way to say where a delivery is has one turn, in the list as in the inspector.
const TURNS: readonly (readonly [Turn, RegExp])[] = [
  ['done', /^(applied|event|forwarded|approved)$/],
  ['rest', /^(duplicate|stale|unchanged|refused|dropped|forgotten|contacted|rejected|pending)$/],
  ['move', /^(received|accepted|redriven)$/],
  ['self', /^(retrying|failed|try .*)$/],
];

/** Whose turn it is, by the kind of a delivery, of a step, or by a status. */
export const turnOf = (kind: string): Turn => TURNS.find(([, fits]) => fits.test(kind))?.[0] ?? 'you';

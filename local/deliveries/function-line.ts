import { OUTCOMES, type Outcome } from '../../functions/core/state.ts';
import { parseObject } from './subject.ts';

/** The functions that move a delivery on. */
export const HOPS = ['ingest', 'apply', 'publish', 'forward'] as const;
export type Hop = (typeof HOPS)[number];

/** What a line of a function tells. `id` is a delivery's, except of events: theirs is the change's. */
export type Told =
  | { readonly what: 'settled'; readonly id: string; readonly outcome: Outcome }
  | { readonly what: 'failed'; readonly id: string; readonly problem: string }
  | { readonly what: 'failing'; readonly hop: Hop; readonly problem: string }
  | { readonly what: 'forwarded' | 'forgotten'; readonly id: string }
  | { readonly what: 'not_forwarded' | 'set_aside'; readonly id: string; readonly problem: string };

/** @param from the logical id of the function */
export const hopOf = (from: string): Hop | undefined =>
  HOPS.findLast((hop) => new RegExp(`${hop}(?!ing)`, 'i').test(from)) ?? undefined;

/** Reads a line that a function logged. */
export const readFunctionLine = (line: string, from: string): Told[] => {
  const hop = hopOf(from);
  const { message, level, problem, missing, id, failed, unpublished, ...groups } = parseObject(line);
  if (hop === 'apply' && message === 'batch') {
    const outcomes = OUTCOMES.flatMap((outcome) => (groups[outcome]?.ids ?? []).map((one: string) => [one, outcome] as const));
    // What was applied can be contested, too.
    const settled = new Map<string, Outcome[]>();
    for (const [one, outcome] of outcomes) settled.set(one, [...(settled.get(one) ?? []), outcome]);
    return [
      ...[...settled].flatMap(([one, all]): Told[] =>
        (all.length > 1 && all.includes('contested') ? all.filter((outcome) => outcome !== 'applied') : all).map((outcome) => ({
          what: 'settled',
          id: one,
          outcome,
        })),
      ),
      ...(failed?.messages ?? []).map((one: Record<string, string>): Told => {
        return { what: 'failed', id: String(one.id), problem: String(one.problem) };
      }),
    ];
  }
  if (hop === 'publish' && unpublished) {
    const [first] = unpublished.changes ?? [];
    return [{ what: 'failing', hop, problem: String(first?.problem) }];
  }
  if (hop === 'forward' && typeof id === 'string') {
    if (message === 'forwarded' || message === 'forgotten') return [{ what: message, id }];
    if (message === 'not forwarded') return [{ what: 'not_forwarded', id, problem: String(problem) }];
    if (message === 'set_aside') return [{ what: 'set_aside', id, problem: String(problem) }];
  }
  if (hop && level === 'ERROR') return [{ what: 'failing', hop, problem: [missing, problem].filter(Boolean).join(': ') }];
  return [];
};

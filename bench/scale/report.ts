import { AWS } from './limits.ts';
import type { Quantiles, Simulated } from './model.ts';

const NUMBER = new Intl.NumberFormat('en-US');
const n = (value: number): string => NUMBER.format(Math.round(value));

/** `0.1 s`, `12 s`, `3 min`, `2.5 h`. */
export const seconds = (value: number): string => {
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 120) return `${Math.round(value)} s`;
  return value < 7_200 ? `${Math.round(value / 60)} min` : `${(value / 3_600).toFixed(1)} h`;
};

const three = ({ median, p99, worst }: Quantiles): string => [median, p99, worst].map(seconds).join(' / ');

/** A row per scenario. */
export const tableOf = (rows: readonly (readonly [string, Simulated])[]): string =>
  [
    '| scenario | sent | 202 / 401 / 429 / 5xx | receipt to table: median / 99 % / worst | first attempt to event: median / 99 % / worst | backlog at most | lost / dead letters | what binds, in order |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(([name, one]) => {
      const answers = (['202', '401', '429', '5xx'] as const).map((status) => n(one.answers[status])).join(' / ');
      const binding = one.binding.map(([what, for_]) => `${what} (${seconds(for_)})`).join(', ') || 'nothing';
      return `| ${name} | ${n(one.sent)} | ${answers} | ${three(one.receiptToTable)} | ${three(one.toEvent)} | ${n(one.backlogAtMost)} | ${n(one.lost)} / ${n(one.deadLetters)} | ${binding} |`;
    }),
  ].join('\n');

/** The limits that the model knows, with their pages. */
export const limitsTable = (): string =>
  [
    '| limit | value | page |',
    '| --- | --- | --- |',
    ...Object.entries(AWS).map(([name, { value, page }]) => `| ${name} | ${n(value)} | ${page} |`),
  ].join('\n');

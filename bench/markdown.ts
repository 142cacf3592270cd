import type { Spread } from './measure/statistics.ts';

export const section = (title: string, text: string): string => `## ${title}\n\n${text}`;

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const amount = (value: number, unit: string, digits = 2): string =>
  unit === '$'
    ? `$${number(value, 2)}`
    : `${number(value, unit === '×' || unit === '' ? digits : 0)}${unit === '×' ? ' ×' : unit && ` ${unit}`}`;

export const spread = ({ median, low, high }: Spread): string => `${number(median)} ms (${number(low)}–${number(high)})`;

export const ratio = ({ median, low, high }: Spread): string => `${number(median, 2)} ×, ${number(low, 2)}–${number(high, 2)}`;

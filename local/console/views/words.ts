const NUMBER = new Intl.NumberFormat('en-US');

/** `1,284` */
export const n = (value: number): string => NUMBER.format(value);

/** `1 delivery`, `1,284 deliveries` */
export const count = (value: number, one: string, many = `${one}s`): string => `${n(value)} ${value === 1 ? one : many}`;

/** `96 ms`, `58 s`, `1 min 17 s` */
export const took = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

const NUMBER = new Intl.NumberFormat('en-US');

/** `1,284` */
export const n = (value: number): string => NUMBER.format(value);

/** `1 delivery`, `1,284 deliveries` */
export const count = (value: number, one: string, many = `${one}s`): string => `${n(value)} ${value === 1 ? one : many}`;

const HOUR_S = 3_600;

/** `96 ms`, `58 s`, `1 min 17 s`, `5 h`, `3 d` */
export const took = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return seconds < 24 * HOUR_S ? `${Math.floor(seconds / HOUR_S)} h` : `${Math.floor(seconds / (24 * HOUR_S))} d`;
};

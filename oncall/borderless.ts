import Table from 'cli-table3';

const EDGES = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
] as const;

/** A table that is only its columns, so that a terminal, grep and awk all read it. */
export const borderless = (head: string[]): InstanceType<typeof Table> =>
  new Table({
    head,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: { ...Object.fromEntries(EDGES.map((edge) => [edge, ''])), middle: '' },
  });

import Table from 'cli-table3';

const EDGES = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
] as const;

/** A table of columns without borders, readable in a terminal and by grep and awk. */
export const borderless = (head: string[]): InstanceType<typeof Table> =>
  new Table({
    head,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: { ...Object.fromEntries(EDGES.map((edge) => [edge, ''])), middle: '' },
  });

import { costOf } from './figures.ts';
import type { Results } from './measure/all.ts';
import { NAMES, type Name } from './names.ts';

const WIDTH = 760;
const LEFT = 250;
const LEGEND = 130;
const BAR = 14;
const ROW = 3 * BAR + 22;
const COLORS: Record<Name, string> = { ours: '#0a7f5a', floor: '#9aa5b1', recommended: '#d9822b' };
const LABELS: Record<Name, string> = {
  ours: 'fractal-webhooks',
  floor: 'AWS SDK only',
  recommended: 'Powertools (recommended)',
};

interface Row {
  readonly title: string;
  readonly unit: string;
  of(name: Name): number;
}

/** Draws the main results as bars, each row scaled to its longest. Shorter is better in all rows. */
export const drawChart = (results: Results): string => {
  const { cold, ingest, apply } = results;
  const rows: Row[] = [
    { title: 'Cold start to the first 202', unit: 'ms', of: (name) => cold[name].ingestMs.median },
    { title: 'Cold start to the first batch applied', unit: 'ms', of: (name) => cold[name].applyMs.median },
    { title: 'Code loaded', unit: 'kB', of: (name) => cold[name].loadedBytes / 1_000 },
    { title: 'Peak memory of a cold start', unit: 'MB', of: (name) => cold[name].peakBytes / 1e6 },
    { title: 'CPU per warm delivery', unit: 'µs', of: (name) => ingest[name].cpuP50 },
    {
      title: 'Time to apply one, in batches of 100',
      unit: 'µs',
      of: (name) => 1e6 / (apply.dynalite[name][2]?.perSecond ?? Number.NaN),
    },
    { title: 'AWS cost per million, one by one', unit: '$', of: (name) => costOf(results, name, 1).together ?? Number.NaN },
  ];
  const legend = NAMES.map(
    (name, index) =>
      `<rect x="${LEGEND + index * 190}" y="14" width="12" height="12" fill="${COLORS[name]}"/><text x="${LEGEND + 18 + index * 190}" y="24">${LABELS[name]}</text>`,
  );
  const body = rows.map((row, index) => drawRow(row, 44 + index * ROW));
  const height = 44 + rows.length * ROW + 18;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">
<title>fractal-webhooks compared with implementations on the AWS SDK only and on Powertools: shorter is better</title>
<style>
  svg { fill: #333 }
  .page { fill: #fff }
  .note { fill: #666 }
  @media (prefers-color-scheme: dark) {
    svg { fill: #e6edf3 }
    .page { fill: #0d1117 }
    .note { fill: #9da7b1 }
  }
</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
${legend.join('\n')}
${body.join('\n')}
<text x="${LEFT}" y="${height - 8}" class="note">Shorter is better. Measured by npm run bench; see bench/RESULTS.md.</text>
</svg>
`;
};

const drawRow = ({ title, unit, of }: Row, top: number): string => {
  const longest = Math.max(...NAMES.map(of));
  const bars = NAMES.map((name, index) => {
    const y = top + index * BAR;
    const width = Math.max(1, (of(name) / longest) * (WIDTH - LEFT - 90));
    const text = unit === '$' ? `$${of(name).toFixed(2)}` : `${Math.round(of(name)).toLocaleString('en')} ${unit}`;
    return `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 3}" fill="${COLORS[name]}"/><text x="${(LEFT + width + 6).toFixed(1)}" y="${y + BAR - 5}">${text}</text>`;
  });
  return `<text x="${LEFT - 12}" y="${top + 1.7 * BAR}" text-anchor="end">${title}</text>${bars.join('')}`;
};

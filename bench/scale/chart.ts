import type { Simulated } from './model.ts';

const WIDTH = 760;
const LEFT = 330;
const ROW = 30;
const NUMBER = new Intl.NumberFormat('en-US');

/** Draws the backlog of the queue over each scenario, scaled to its own maximum. */
export const drawBacklogs = (results: readonly (readonly [string, Simulated])[]): string => {
  const height = 30 + results.length * ROW + 24;
  const rows = results.map(([name, { backlog, backlogAtMost }], index) => {
    const top = 24 + index * ROW;
    const most = Math.max(1, ...backlog);
    const width = WIDTH - LEFT - 110;
    const points = backlog.map(
      (value, at) =>
        `${(LEFT + (at * width) / Math.max(1, backlog.length - 1)).toFixed(1)},${(top + 20 - (value / most) * 18).toFixed(1)}`,
    );
    return `<text x="${LEFT - 12}" y="${top + 16}" text-anchor="end">${name}</text><polyline class="line" points="${points.join(' ')}"/><text x="${WIDTH - 100}" y="${top + 16}">${NUMBER.format(Math.round(backlogAtMost))} at most</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="11">
<title>The backlog of the queue over each scenario</title>
<style>
  svg { fill: #333 }
  .page { fill: #fff }
  .line { fill: none; stroke: #0a7f5a; stroke-width: 1.5 }
  .note { fill: #666 }
  @media (prefers-color-scheme: dark) {
    svg { fill: #e6edf3 }
    .page { fill: #0d1117 }
    .line { stroke: #4ec48d }
    .note { fill: #9da7b1 }
  }
</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
${rows.join('\n')}
<text x="${LEFT}" y="${height - 8}" class="note">Each scaled to its own maximum. Simulated by npm run scale; see bench/SCALE.md.</text>
</svg>
`;
};

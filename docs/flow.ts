import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Draws the flow for the README: a grid of boxes, and the arrows between them.
const FILE = join(import.meta.dirname, 'pictures/flow.svg');
const BOX = { width: 116, height: 44 };
const STEP = { x: 152, y: 104 };
const MARGIN = 12;

type Place = readonly [column: number, row: number];

interface Box {
  readonly at: Place;
  readonly name: string;
  readonly kind: 'ours' | 'aws' | 'people';
}

interface Arrow {
  readonly from: Place;
  readonly to: Place;
  readonly label?: string;
}

const FRACTAL: Place = [0, 0];
const API: Place = [1, 0];
const INGEST: Place = [2, 0];
const QUEUE: Place = [3, 0];
const APPLY: Place = [4, 0];
const TABLE: Place = [5, 0];
const CODE: Place = [6, 0];
const ON_CALL: Place = [1, 1];
const DEAD_LETTERS: Place = [3, 1];
const PUBLISH: Place = [5, 1];
const BUS: Place = [6, 1];

const BOXES: readonly Box[] = [
  { at: FRACTAL, name: 'Fractal ID', kind: 'people' },
  { at: API, name: 'HTTP API', kind: 'aws' },
  { at: INGEST, name: 'ingest λ', kind: 'ours' },
  { at: QUEUE, name: 'SQS queue', kind: 'aws' },
  { at: APPLY, name: 'apply λ', kind: 'ours' },
  { at: TABLE, name: 'DynamoDB table', kind: 'aws' },
  { at: CODE, name: 'your code', kind: 'people' },
  { at: ON_CALL, name: 'on-call', kind: 'people' },
  { at: DEAD_LETTERS, name: 'dead-letter queue', kind: 'aws' },
  { at: PUBLISH, name: 'publish λ', kind: 'ours' },
  { at: BUS, name: 'EventBridge bus', kind: 'aws' },
];

const ARROWS: readonly Arrow[] = [
  { from: FRACTAL, to: API, label: 'POST' },
  { from: API, to: INGEST },
  { from: INGEST, to: QUEUE },
  { from: QUEUE, to: APPLY },
  { from: APPLY, to: TABLE },
  { from: TABLE, to: CODE, label: 'read' },
  { from: INGEST, to: DEAD_LETTERS, label: 'parked' },
  { from: QUEUE, to: DEAD_LETTERS, label: '5 failures' },
  { from: ON_CALL, to: DEAD_LETTERS, label: 'dashboard, command line' },
  { from: TABLE, to: PUBLISH, label: 'stream' },
  { from: PUBLISH, to: BUS },
  { from: BUS, to: CODE, label: 'events' },
];

const centerOf = ([column, row]: Place) => ({
  x: MARGIN + column * STEP.x + BOX.width / 2,
  y: MARGIN + row * STEP.y + BOX.height / 2,
});

const drawBox = ({ at, name, kind }: Box): string => {
  const { x, y } = centerOf(at);
  const { width, height } = BOX;
  return `<rect class="${kind}" x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="6"/><text x="${x}" y="${y + 4}">${name}</text>`;
};

const drawArrow = ({ from, to, label = '' }: Arrow): string => {
  const [start, end] = [centerOf(from), centerOf(to)];
  const [columns, rows] = [to[0] - from[0], to[1] - from[1]];
  if (columns !== 0) {
    start.x += BOX.width / 2;
    end.x -= BOX.width / 2;
  }
  if (rows !== 0) {
    start.y += (rows * BOX.height) / 2;
    end.y -= columns === 0 ? (rows * BOX.height) / 2 : BOX.height / 4;
    if (columns !== 0) start.x -= BOX.width / 4;
  }
  const x = (start.x + end.x) / 2 + (columns === 0 ? 6 : 0);
  const y = (start.y + end.y) / 2 + (rows === 0 ? -6 : 4);
  const anchor = columns === 0 ? 'start' : rows === 0 ? 'middle' : 'end';
  const gap = anchor === 'end' ? -8 : 0;
  return `<path d="M${start.x} ${start.y}L${end.x} ${end.y}"/><text class="label" text-anchor="${anchor}" x="${x + gap}" y="${y}">${label}</text>`;
};

const WIDTH = 2 * MARGIN + 6 * STEP.x + BOX.width;
const HEIGHT = 2 * MARGIN + STEP.y + BOX.height;

export const FLOW = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" text-anchor="middle">
<title>From Fractal's webhook to the table and its events</title>
<style>
  text { fill: #1b2026 }
  .label { fill: #5b6472; font-size: 11px }
  rect { fill: #fff; stroke: #8a94a3 }
  .ours { fill: #d8f0e5; stroke: #0a7f5a }
  .people { fill: #fff4e0; stroke: #b9770e }
  path { stroke: #5b6472; fill: none; marker-end: url(#head) }
  marker path { fill: #5b6472; stroke: none; marker-end: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .label { fill: #9da7b1 }
    rect { fill: #161b22; stroke: #6e7681 }
    .ours { fill: #0d3b2c; stroke: #3fb58a }
    .people { fill: #3a2a0c; stroke: #d9a441 }
    path { stroke: #9da7b1 }
    marker path { fill: #9da7b1 }
  }
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${ARROWS.map(drawArrow).join('\n')}
${BOXES.map(drawBox).join('\n')}
</svg>
`;

if (import.meta.main) await writeFile(FILE, FLOW);

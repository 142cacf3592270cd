import { type Html, html } from './html.ts';
import type { Seen } from './look.ts';

// The shapes of the local console, with colours that can be read on a light and on a dark page. CloudWatch shows no scripts, and the
// console no styles within markup: attributes of SVG are both.
const DONE = html`<svg width="10" height="10" role="img" aria-label="done"><circle cx="5" cy="5" r="5" fill="#14875a"/></svg>`;
const MOVE = html`<svg width="10" height="10" role="img" aria-label="on its way"><circle cx="5" cy="5" r="4" fill="none" stroke="#2f83b0" stroke-width="2"/></svg>`;
export const YOU = html`<svg width="10" height="10" role="img" aria-label="waits for you"><rect width="10" height="10" rx="1" fill="#d8453a"/></svg>`;

/** The flow with what waits in it. */
export const flow = ({ queued }: Seen): Html =>
  html`<p>Fractal → ingest → ${queued > 0 ? MOVE : DONE} queue: <b>${queued} waiting</b> → apply → table → publish → event bus</p>
`;

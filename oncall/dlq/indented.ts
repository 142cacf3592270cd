import { parseJson } from '../../functions/core/json.ts';

const DEEPEST = 50;

/** JSON with indentation; `undefined` for any other text, and for JSON that is nested too deeply to be read or printed. */
export const indented = (text: string): string | undefined =>
  // JSON.stringify returns undefined for undefined.
  depthOf(text) > DEEPEST ? undefined : JSON.stringify(parseJson(text), undefined, 2);

const depthOf = (json: string): number => {
  let depth = 0;
  let deepest = 0;
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
};

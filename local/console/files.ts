import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { answer, type Serve } from './requests.ts';

const SCRIPTS = ['console.js', 'words.js', 'state.js', 'list.js', 'inspector.js', 'tools.js', 'dashboard.js'];
const ICONS = ['icon.svg', 'icon-you.svg'];

/** Serves a file of this folder, or of an installed package. */
const file = (name: string, type: string, installed = name): Serve => {
  const content = contentOf(name, installed);
  return (_, response) => answer(response, 200, type, content);
};

/** @param installed where it is if it is not in this folder */
export const contentOf = (name: string, installed: string): Buffer => {
  const beside = join(import.meta.dirname, name);
  return readFileSync(existsSync(beside) ? beside : createRequire(import.meta.url).resolve(installed));
};

const page = (name: string, type: string): [string, Serve] => [`GET /${name}`, file(`page/${name}`, type)];

/** The page, its scripts and its style. */
export const createFiles = (): Readonly<Record<string, Serve>> => ({
  'GET /': file('page/index.html', 'text/html'),
  ...Object.fromEntries([
    ...SCRIPTS.map((name) => page(name, 'text/javascript')),
    ...ICONS.map((name) => page(name, 'image/svg+xml')),
    page('console.css', 'text/css'),
  ]),
  'GET /uplot.js': file('page/uPlot.esm.js', 'text/javascript', 'uplot/dist/uPlot.esm.js'),
  'GET /uplot.css': file('page/uPlot.min.css', 'text/css', 'uplot/dist/uPlot.min.css'),
});

import { basename, dirname, relative } from 'node:path';

const [, file = ''] = process.argv;
const fromHere = relative('', file);

/** How this command line is called where it runs, for the commands that it proposes: by npm in the project, by its path elsewhere. */
export const CALLED =
  basename(dirname(file)) === 'oncall' ? 'npm run oncall --' : `node ${fromHere.startsWith('..') ? file : fromHere}`;

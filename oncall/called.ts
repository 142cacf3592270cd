import { basename, dirname, relative } from 'node:path';

const [, file = ''] = process.argv;
const fromHere = relative('', file);

const CALLED_IN: Readonly<Record<string, string>> = { oncall: 'npm run oncall --', '.bin': 'npx --no -- fractal-webhooks' };

/** How the user called this command line, for the commands that it suggests: with npm in the project, by its path elsewhere. */
export const CALLED = CALLED_IN[basename(dirname(file))] ?? `node ${fromHere.startsWith('..') ? file : fromHere}`;

/** The command that starts the local stack. */
export const START = CALLED === CALLED_IN['.bin'] ? 'npx --no -- fractal-webhooks-local' : 'npm start';

/** The command that starts the local stack with these options. */
export const startWith = (options: string): string => `${START}${START === 'npm start' ? ' --' : ''} ${options}`;

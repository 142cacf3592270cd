import { basename, dirname, relative } from 'node:path';

const [, file = ''] = process.argv;
const fromHere = relative('', file);

const IN_PROJECT = 'npm run oncall --';
const INSTALLED = 'npx --no -- fractal-webhooks';

// pnpm runs the file itself, and not a link to it.
const isInstalled = /node_modules[\\/](?:.*[\\/])?\.?bin[\\/]fractal-webhooks[^\\/]*$/.test(file);
const isInProject = basename(dirname(file)) === 'oncall';

/** How the user called this command line, for the commands that it suggests: with npm in the project, by its path elsewhere. */
export const CALLED = isInstalled ? INSTALLED : isInProject ? IN_PROJECT : `node ${fromHere.startsWith('..') ? file : fromHere}`;

/** Where the settings of a stack are. */
export const SETTINGS = isInstalled ? 'the properties of the construct' : 'infra/installations.ts';

/** The command that deploys a stack. */
export const deploy = (stack: string): string => `${isInstalled ? 'npx --no -- cdk' : 'npm run cdk --'} deploy ${stack}`;

/** The command that starts the local stack. */
export const START = isInstalled ? `${INSTALLED}-local` : 'npm start';

/** What to do before the local stack is restarted with changed settings. `npm start` synthesizes by itself. */
export const SYNTHESIZE = isInstalled ? 'synthesize (npx --no -- cdk synth), ' : '';

/** The command that starts the local stack with these options. */
export const startWith = (options: string): string => `${START}${START === 'npm start' ? ' --' : ''} ${options}`;

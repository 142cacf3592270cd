import { resolve } from 'node:path';

// The command line is called with npm: the commands that it suggests begin so. Import this before any of its modules.
process.argv[1] = resolve(import.meta.dirname, '../../oncall/fractal-webhooks.cjs');

import project from '../package.json' with { type: 'json' };
import { ENTRIES } from './modules.ts';

// The project owns this scope at the registry: nobody else can publish in it.
const NAME = '@fractal-webhooks/receiver';

const entry = (name: string) => ({ types: `./${name}/index.d.ts`, default: `./${name}/index.js` });

/** The package.json of the package: no dependencies, and only peer dependencies that a team already has. */
export const MANIFEST = {
  name: NAME,
  version: project.version,
  description: project.description,
  license: project.license,
  keywords: ['fractal-id', 'idos', 'kyc', 'webhook', 'aws-cdk'],
  engines: { node: '>=22' },
  exports: {
    ...Object.fromEntries(Object.keys(ENTRIES).map((name) => [`./${name}`, entry(name)])),
    './schemas/*': './schemas/*',
    './package.json': './package.json',
  },
  bin: { 'fractal-webhooks': 'bin/fractal-webhooks.cjs', 'fractal-webhooks-local': 'local/packaged.cjs' },
  peerDependencies: {
    '@aws-sdk/client-dynamodb': '^3.0.0',
    'aws-cdk-lib': `^${project.dependencies['aws-cdk-lib']}`,
    constructs: `^${project.dependencies.constructs}`,
  },
  peerDependenciesMeta: {
    '@aws-sdk/client-dynamodb': { optional: true },
    'aws-cdk-lib': { optional: true },
    constructs: { optional: true },
  },
};

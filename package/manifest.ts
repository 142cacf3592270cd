import project from '../package.json' with { type: 'json' };
import { ENTRIES } from './modules.ts';

// At a registry, nobody has reserved this scope for the project: whoever registers it can publish a package of the same name.
const UNPUBLISHED = '@fractal-webhooks';

/** https://docs.npmjs.com/cli/v11/using-npm/scope */
const SCOPE = /^@[a-z\d][a-z\d._-]*$/;

/**
 * The scope that the owner of the package has at the registry, from the environment variable PACKAGE_SCOPE. Without it, npm
 * refuses to publish the package.
 *
 * @throws Error if it is not the name of a scope
 */
export const readScope = ({ PACKAGE_SCOPE: scope = '' }: Readonly<Record<string, string | undefined>>): string | undefined => {
  if (scope === '') return undefined;
  if (!SCOPE.test(scope)) throw new Error(`PACKAGE_SCOPE is ${JSON.stringify(scope)}; it must be a scope such as @acme.`);
  return scope;
};

const entry = (name: string) => ({
  import: { types: `./${name}/index.d.mts`, default: `./${name}/index.mjs` },
  require: { types: `./${name}/index.d.ts`, default: `./${name}/index.js` },
});

/** The package.json of the package: no dependencies, and only peer dependencies that a team already has. */
export const manifestOf = (scope: string | undefined) => ({
  name: `${scope ?? UNPUBLISHED}/receiver`,
  ...(scope === undefined && { private: true }),
  version: project.version,
  description: project.description,
  license: project.license,
  keywords: ['fractal-id', 'idos', 'kyc', 'webhook', 'aws-cdk'],
  type: 'commonjs',
  engines: { node: '>=22' },
  // For Yarn Plug'n'Play: the local stack starts processes from its files.
  preferUnplugged: true,
  exports: {
    ...Object.fromEntries(Object.keys(ENTRIES).map((name) => [`./${name}`, entry(name)])),
    './schemas/*': './schemas/*',
    './package.json': './package.json',
  },
  bin: { 'fractal-webhooks': 'bin/fractal-webhooks.cjs', 'fractal-webhooks-local': 'local/packaged.cjs' },
  peerDependencies: {
    // The oldest versions with which test/judges/package.judge.ts tries the package.
    '@aws-sdk/client-dynamodb': '^3.200.0',
    'aws-cdk-lib': '^2.270.0',
    constructs: '^10.6.0',
  },
  peerDependenciesMeta: {
    '@aws-sdk/client-dynamodb': { optional: true },
    'aws-cdk-lib': { optional: true },
    constructs: { optional: true },
  },
});

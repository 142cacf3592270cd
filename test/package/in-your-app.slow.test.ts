import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { startRegistry } from '../support/npm-registry.ts';
import type { Json } from '../support/templates.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const page = await readFile(join(PROJECT, 'docs/in-your-app.md'), 'utf8');

/** The files in the page, with their names. */
const files = [...page.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)```/gm)].map(([, name = '', content = '']) => ({
  name,
  content,
}));
/** The shell commands of the page, by block. */
const [build = '', install = '', synth = '', , local = '', send = '', runTests = ''] = [
  ...page.matchAll(/^```sh\n([\s\S]*?)\n```/gm),
].map(([, commands]) => commands ?? '');

let parent: string;
let app: string;

const sh = async (commands: string, cwd: string): Promise<string> =>
  (await promisify(execFile)('sh', ['-ec', commands], { cwd, maxBuffer: 1e8, env: { ...process.env, PORT: '0' } })).stdout;

// Installs the versions of this project from its folder, because newer versions may create another template.
const fromHere = (command: string): string =>
  command.replace(/(npm install) (\S+)(.*)/, (_, npm, first, names) => {
    const links = names.split(' ').map((name: string) => name && `file:${join(PROJECT, 'node_modules', name)}`);
    return `${npm} --offline ${first}${links.join(' ')}`;
  });

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'fractal-webhooks-package-'));
  app = join(parent, 'app');
  await mkdir(app);
  // Skips npm ci, because the project is installed, and packs into the temporary folder.
  await sh(build.replace('npm ci && ', '').replace(' ..', ` ${parent}`), PROJECT);
  await sh(fromHere(install), app);
  for (const { name, content } of files) {
    await mkdir(dirname(join(app, name)), { recursive: true });
    await writeFile(join(app, name), content);
  }
  await sh(synth, app);
});

afterAll(() => rm(parent, { recursive: true, force: true }));

const readTemplate = async (folder: string, stack: string): Promise<Json> =>
  JSON.parse(await readFile(join(folder, `${stack}.template.json`), 'utf8'));

/** The resources of a receiver, by logical ids without the name of its construct and hashes. */
const receiverIn = (template: Json, stack: string, construct: string): Json => {
  const ids = Object.keys(template.Resources).flatMap((id): [string, string][] => {
    const [, name = ''] = new RegExp(`^${construct}(.*?)(?:[0-9A-F]{8}(?:[0-9a-f]{32})?)?$`).exec(id) ?? [];
    return name === '' || name === 'CDKMetadata' ? [] : [[id, name]];
  });
  const text = ids
    .toSorted(([a], [b]) => b.length - a.length)
    .reduce(
      (json, [id, name]) => json.replaceAll(`"${id}"`, `"${name}"`).replaceAll(`"${stack}${id}"`, `"${name}"`),
      JSON.stringify(template.Resources),
    )
    .replaceAll(new RegExp(`"${stack}${construct}(\\w+)[0-9A-F]{8}"`, 'g'), '"STACK$1"')
    .replaceAll(new RegExp(`\\b${stack}\\b`, 'g'), 'STACK');
  const resources: Json = JSON.parse(text);
  return Object.fromEntries(ids.map(([, name]) => [name, { ...resources[name], Metadata: undefined }]));
};

describe('the package', () => {
  test('creates the same resources in the app of the page as in the standalone stack, including bundles', async () => {
    // Without the feature flags of this project, which change the order in policies. An app may not have them.
    const installations = { FractalWebhooks: { stage: 'prod', alarmEmail: ['oncall@example.com'] } };
    const alone = join(parent, 'alone');
    const context = { CDK_OUTDIR: alone, CDK_CONTEXT_JSON: JSON.stringify({ installations }), CDK_VALIDATION: 'false' };
    const env = { ...process.env, ...context };
    await promisify(execFile)(process.execPath, ['infra/app.ts'], { cwd: PROJECT, env });
    const expected = receiverIn(await readTemplate(alone, 'FractalWebhooks'), 'FractalWebhooks', '');
    const made = receiverIn(await readTemplate(join(app, 'cdk.out'), 'Verification'), 'Verification', 'Webhooks');
    expect(Object.keys(expected).length).toBeGreaterThan(60);
    expect(made).toEqual(expected);
  });

  test('has types for all TypeScript in the documentation, in CommonJS and ES modules, with strict checks', async () => {
    const pages = [
      'README.md',
      ...(await readdir(join(PROJECT, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
    ];
    let snippets = 0;
    for (const name of pages) {
      const text = await readFile(join(PROJECT, name), 'utf8');
      for (const [, snippet = ''] of text.matchAll(/^ *```ts\n([\s\S]*?)```/gm)) {
        snippets += 1;
        await writeFile(join(app, `snippet-${snippets}.mts`), snippet);
        // CommonJS has no await at the top.
        await writeFile(join(app, `snippet-${snippets}.cts`), snippet.replace(/^ *await .*$/gm, ''));
      }
    }
    expect(snippets).toBeGreaterThan(5);
    const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', types: ['node'] };
    await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts', '*.cts'] }));
    await sh(fromHere('npm install --no-save typescript @types/node'), app);
    await sh('npx --no -- tsc', app);
  });

  test('has no dependencies, and only peer dependencies that a team already has', async () => {
    const { dependencies, peerDependencies } = JSON.parse(
      await readFile(join(app, 'node_modules/@fractal-webhooks/receiver/package.json'), 'utf8'),
    );
    expect(dependencies).toBeUndefined();
    expect(Object.keys(peerDependencies)).toEqual(['@aws-sdk/client-dynamodb', 'aws-cdk-lib', 'constructs']);
  });

  test('runs the app locally, and invokes its function for a signed notification', async () => {
    const child = spawn('sh', ['-c', `exec ${local}`], { cwd: app, detached: true, env: { ...process.env, PORT: '0' } });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    await eventually(async () => expect(output).toContain('is running'));
    expect(await sh(send, app)).toMatch(/^answer {2}202 /m);
    await eventually(async () => expect(output).toContain('\nUnlock 42\n'));
    const exited = once(child, 'exit');
    // Like Ctrl-C, reaches npx and its children.
    process.kill(-(child.pid as number), 'SIGINT');
    await exited;
    expect(output).not.toContain('Not run here');
  });

  test('ends when npx is terminated', async () => {
    const child = spawn('sh', ['-c', `exec ${local}`], { cwd: app, env: { ...process.env, PORT: '0' } });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await eventually(async () => expect(output).toContain('is running'));
    const [, webhook = ''] = /webhook +(http\S+)/.exec(output) ?? [];
    child.kill('SIGTERM');
    await eventually(async () => await expect(fetch(webhook)).rejects.toThrow('fetch failed'));
  });

  test('does not keep a failed test from exiting', async () => {
    const { content = '' } = files.find(({ name }) => name === 'unlock.test.mjs') ?? {};
    await writeFile(
      join(app, 'failing.mjs'),
      content.replace("'approved'", "'rejected'").replace('  t.after(stack.stop);\n', ''),
    );
    await expect(sh('node --test failing.mjs', app)).rejects.toMatchObject({ code: 1 });
  });

  test('starts the local stack in tests of a team', async () => {
    expect(await sh(runTests, app)).toMatch(/^# pass 1$|^ℹ pass 1$/m);
  });

  test.each([
    ['CommonJS', 'cjs', "const { createReader } = require('@fractal-webhooks/receiver/reader');"],
    ['an ES module', 'mjs', "import { createReader } from '@fractal-webhooks/receiver/reader';"],
  ])('exports the reader for %s', async (_, extension, line) => {
    await writeFile(
      join(app, `reader.${extension}`),
      `${line}\nconsole.log(typeof createReader({ client: {}, tableName: 't' }).isApproved);\n`,
    );
    expect(await sh(`node reader.${extension}`, app)).toBe('function\n');
  });
});

describe('publishing the package', () => {
  const publishing = readFile(join(PROJECT, 'docs/npm-package.md'), 'utf8');

  /** Publishes the built package to a registry. @returns what npm printed, and the names that the registry has got */
  const publish = async () => {
    const registry = await startRegistry();
    const args = ['publish', './dist/package', '--loglevel=error', ...registry.options];
    const { stderr } = await promisify(execFile)('npm', args, { cwd: PROJECT }).catch((error) => error);
    await registry.stop();
    return { stderr, published: registry.published };
  };

  test('is refused by npm unless its owner has set a scope, as the build says', async () => {
    expect(await sh('npm run --silent build', PROJECT)).toMatch(/ PACKAGE_SCOPE=@SCOPE npm run build$/m);
    for (const folder of ['package', 'cloudformation', 'terraform'])
      expect(await readdir(join(PROJECT, 'dist', folder))).toEqual(
        expect.arrayContaining(['LICENSE', 'THIRD-PARTY-LICENSES.txt']),
      );
    const { stderr, published } = await publish();
    expect(stderr).toMatch(/EPRIVATE/);
    expect(published).toEqual([]);
  });

  test('works with the scope of its owner, in its name and its documentation', async () => {
    const [command = ''] = /^PACKAGE_SCOPE=.*$/m.exec(await publishing) ?? [];
    try {
      expect(await sh(command.replace('@SCOPE', '@acme'), PROJECT)).not.toContain('private');
      expect((await publish()).published).toEqual(['@acme/receiver']);
      const documentation = await readFile(join(PROJECT, 'dist/package/README.md'), 'utf8');
      expect(documentation).toContain("from '@acme/receiver/infra'");
      expect(documentation).not.toContain('@fractal-webhooks/receiver');
    } finally {
      await sh('npm run build', PROJECT);
    }
  });
});

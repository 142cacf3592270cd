import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Json, variant } from '../support/templates.ts';
import { VARIANTS } from '../support/variants.ts';

interface Check {
  readonly check_id: string;
  readonly file_path: string;
  readonly resource: string;
}

const NAMES = Object.keys(VARIANTS);
const STRICT = 'without reasons, ';

let folder: string;
let found: Map<string, { readonly failed: string[]; readonly skipped: string[] }>;

const described = ({ check_id, resource }: Check): string => `${check_id} ${resource.split('.').at(-1)}`;

/** The template without the reasons that checkov reads. */
const withoutReasons = (template: Json): Json => ({
  ...template,
  Resources: Object.fromEntries(
    Object.entries<Json>(template.Resources).map(([id, { Metadata: { checkov, ...Metadata } = {} as Json, ...resource }]) => [
      id,
      { ...resource, Metadata },
    ]),
  ),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-checkov-'));
  for (const name of NAMES) {
    const { template } = variant(name);
    // checkov prints the lines of a resource with each check.
    const inLines = (json: Json) => JSON.stringify(json, undefined, 1);
    await writeFile(join(folder, `${name}.json`), inLines(template));
    await writeFile(join(folder, `${STRICT}${name}.json`), inLines(withoutReasons(template)));
  }
  const args = ['--directory', folder, '--framework', 'cloudformation', '--output', 'json', '--skip-download', '--soft-fail'];
  const { stdout } = await promisify(execFile)('checkov', args, { maxBuffer: 2 ** 28 });
  const { passed_checks, failed_checks, skipped_checks, parsing_errors } = JSON.parse(stdout).results;
  expect(parsing_errors).toEqual([]);
  expect(passed_checks.length).toBeGreaterThan(100);
  const inFile = (checks: Check[], name: string) =>
    checks.filter(({ file_path }) => basename(file_path) === `${name}.json`).map(described);
  found = new Map(
    [...NAMES, ...NAMES.map((name) => `${STRICT}${name}`)].map((name) => [
      name,
      { failed: inFile(failed_checks, name).sort(), skipped: inFile(skipped_checks, name).sort() },
    ]),
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a team's own scanner, checkov,", () => {
  test.each(NAMES)('finds nothing unexplained in the template %s', (name) => {
    expect(found.get(name)?.failed).toEqual([]);
  });

  test.each(NAMES)('still finds what is explained in the template %s', (name) => {
    expect(found.get(`${STRICT}${name}`)?.failed).toEqual(found.get(name)?.skipped);
  });

  test('reads the explanations in the template', async () => {
    const skips = [
      ...(await readFile(join(folder, 'prod.json'), 'utf8')).matchAll(/"id": "CKV_AWS_\d+",\s+"comment": "[^"]{25,}"/g),
    ];
    expect(found.get('prod')?.skipped).toHaveLength(skips.length);
  });
});

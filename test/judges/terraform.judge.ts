import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PlainTemplate, writePlainTemplate } from '../support/plain-template.ts';
import type { Json } from '../support/templates.ts';

const PARSE = 'import hcl2, json, sys; print(json.dumps(hcl2.load(open(sys.argv[1]))))';

let plain: PlainTemplate;
let folder: string;

beforeAll(async () => {
  plain = await writePlainTemplate();
  ({ folder } = plain);
});

afterAll(() => plain.remove());

/** A file as a parser of Terraform's language reads it, with names and texts in quotes. */
const parse = async (file: string): Promise<Json> =>
  JSON.parse((await promisify(execFile)('python3', ['-c', PARSE, file])).stdout);
const unquoted = (text: string): string => text.replaceAll('"', '');
const namesOf = (blocks: readonly Json[]): string[] =>
  blocks.flatMap((block) => Object.keys(block).map(unquoted)).filter((name) => !name.startsWith('__'));

const snake = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

describe('the Terraform module, parsed', () => {
  test('makes the stack with every parameter, from the code and the template in the bucket', async () => {
    const main = await parse(join(folder, 'terraform/main.tf'));
    expect(namesOf(main.resource).sort()).toEqual(['aws_cloudformation_stack', 'aws_s3_object', 'aws_s3_object']);
    expect(namesOf(main.data)).toEqual(['aws_caller_identity', 'aws_s3_bucket', 'aws_cloudformation_stack']);
    const text = JSON.stringify(main);
    for (const name of Object.keys(plain.template.Parameters)) expect(text).toContain(`var.${snake(name)}`);
    for (const id of Object.keys(plain.code)) expect(text).toContain(id);
  });

  test('has the variables that it uses, and no others', async () => {
    const { variable } = await parse(join(folder, 'terraform/variables.tf'));
    const used = [...readFileSync(join(folder, 'terraform/main.tf'), 'utf8').matchAll(/var\.(\w+)/g)].map(
      ([, name = '']) => name,
    );
    expect(namesOf(variable).sort()).toEqual([...new Set(used)].sort());
  });

  test('has an output for each of the stack', async () => {
    const { output } = await parse(join(folder, 'terraform/outputs.tf'));
    expect(namesOf(output).sort()).toEqual(Object.keys(plain.template.Outputs).map(snake).sort());
  });

  test('is used on the page with variables that it has', async () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../docs/without-the-cdk.md'), 'utf8');
    await writeFile(join(folder, 'use.tf'), /```hcl\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    const use = await parse(join(folder, 'use.tf'));
    const { variable } = await parse(join(folder, 'terraform/variables.tf'));
    const [given] = use.module.map((one: Json) => Object.values<Json>(one)[0]);
    const names = Object.keys(given).filter((name) => name !== 'source' && !name.startsWith('__'));
    expect(namesOf(variable)).toEqual(expect.arrayContaining(names));
    expect(JSON.stringify(use.output)).toContain('module.fractal_webhooks.webhook_url');
  });
});

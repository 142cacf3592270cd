import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readAssembly, type Template } from '../../emulator/template/assembly.ts';
import { synthesize } from '../../local/synthesize.ts';
import { writeCloudFormation } from '../../package/cloudformation.ts';
import { resourcesOf } from '../support/templates.ts';
import { VARIANTS } from '../support/variants.ts';
import { type Finding, lint } from './cfn-lint.ts';

/**
 * Accepted findings of W3005: where one construct depends on another, the CDK writes a redundant but harmless DependsOn in
 * addition to a reference. Each entry has the type of the resource, and the type of its dependency.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
 */
const DEPENDS_TWICE = [
  'AWS::Lambda::Function on AWS::IAM::Role',
  'AWS::ApiGatewayV2::ApiMapping on AWS::ApiGatewayV2::DomainName',
];

const twice = ({ Rule, Location }: Finding, { Resources }: Template): string | undefined => {
  if (Rule.Id !== 'W3005') return undefined;
  const [, id = '', , index = 0] = Location.Path;
  const { Type, DependsOn = [] } = Resources[id] as { readonly Type: string; readonly DependsOn?: string[] };
  return `${Type} on ${Resources[DependsOn[Number(index)] ?? '']?.Type}`;
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-lint-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('cfn-lint', () => {
  const seen = new Set<string>();

  test.each(Object.entries(VARIANTS))('has no findings in the template %s', async (_, settings) => {
    await synthesize(folder, settings);
    const { stackName, template } = await readAssembly(folder);
    const findings = await lint(join(folder, `${stackName}.template.json`));
    const others = findings.filter((finding) => {
      const dependency = twice(finding, template);
      if (dependency !== undefined) seen.add(dependency);
      return !DEPENDS_TWICE.includes(dependency ?? '');
    });
    expect(others.map(({ Rule, Message, Location }) => `${Rule.Id} ${Location.Path.join('/')}: ${Message}`)).toEqual([]);
  });

  test('has no findings in the template for CloudFormation alone', async () => {
    const { template } = await writeCloudFormation(join(folder, 'plain'));
    const others = (await lint(join(folder, 'plain/template.json'))).filter(
      (finding) => !DEPENDS_TWICE.includes(twice(finding, template as Template) ?? ''),
    );
    // `aws cloudformation package` puts the place of the code in its stead.
    const code = others.filter(({ Location }) => Location.Path.at(-1) === 'Code');
    expect(code).toHaveLength(resourcesOf(template, 'AWS::Lambda::Function').length);
    expect(
      others
        .filter((one) => !code.includes(one))
        .map(({ Rule, Message, Location }) => `${Rule.Id} ${Location.Path.join('/')}: ${Message}`),
    ).toEqual([]);
  });

  test('has no findings in the example rule for teams', async () => {
    expect(await lint(join(import.meta.dirname, '../../reader/example/rule.yaml'))).toEqual([]);
  });

  test('still reports all accepted findings', () => {
    expect([...seen].sort()).toEqual(DEPENDS_TWICE.toSorted());
  });

  test('reports an error in a wrong template', async () => {
    const wrong = join(folder, 'wrong.template.json');
    await writeFile(wrong, '{"Resources":{"Queue":{"Type":"AWS::SQS::Queue","Properties":{"VisibilityTimeout":43201}}}}');
    expect((await lint(wrong)).map(({ Level, Location }) => [Level, Location.Path.at(-1)])).toEqual([
      ['Error', 'VisibilityTimeout'],
    ]);
  });
});

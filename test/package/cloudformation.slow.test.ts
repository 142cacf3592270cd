import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import { PARAMETERS, parameterize } from '../../package/parameters.ts';
import { schemaFindings } from '../support/cloudformation-schema.ts';
import { type PlainTemplate, writePlainTemplate } from '../support/plain-template.ts';
import { type Json, resourcesOf } from '../support/templates.ts';

let plain: PlainTemplate;
let folder: string;

beforeAll(async () => {
  plain = await writePlainTemplate();
  ({ folder } = plain);
});

afterAll(() => plain.remove());

const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** The names that a part of a template refers to. */
const referredIn = (part: Json): string[] =>
  [...JSON.stringify(part).matchAll(/\{"Ref":"(\w+)"\}/g)].map(([, name = '']) => name);

describe('the template for CloudFormation alone', () => {
  test('is valid, and is what is written', () => {
    // `aws cloudformation package` puts the place of the code in its stead.
    const { Resources, ...packaged } = structuredClone(plain.template);
    for (const id of Object.keys(plain.code)) Resources[id].Properties.Code = { S3Bucket: 'bucket', S3Key: 'key' };
    expect(schemaFindings({ ...packaged, Resources } as never)).toEqual([]);
    expect(JSON.parse(read('cloudformation/template.json'))).toEqual(plain.template);
  });

  test('needs nothing of the CDK, and names nothing after the stack that it was made of', () => {
    const text = read('cloudformation/template.json');
    expect(text).not.toMatch(/cdk-hnb659fds|BootstrapVersion|CDKMetadata|aws:cdk/);
    expect(text).not.toMatch(/FractalWebhooks|OtherStackName|alarms@example\.com/);
  });

  test('has the code of each function beside it', () => {
    const functions = resourcesOf(plain.template, 'AWS::Lambda::Function');
    expect(functions.map(([, { Properties }]) => Properties.Code).sort()).toEqual(Object.values(plain.code).sort());
    for (const path of Object.values(plain.code))
      expect(existsSync(join(folder, 'cloudformation', path, 'index.mjs'))).toBe(true);
  });

  test('uses each parameter, with the default of the stage prod', () => {
    const used = new Set(referredIn([plain.template.Resources, plain.template.Conditions]));
    expect(Object.keys(plain.template.Parameters)).toEqual(['AlarmEmail', ...Object.keys(PARAMETERS)]);
    for (const name of Object.keys(plain.template.Parameters)) expect([name, used.has(name)]).toEqual([name, true]);
    expect(plain.template.Parameters.RecoveryDays).toEqual(
      expect.objectContaining({ Type: 'Number', Default: 35, MinValue: 1, MaxValue: 35 }),
    );
  });

  /**
   * A version is made once, and the alias would stay at the one with the former value.
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html
   */
  test('gives no parameter to a function that has a version', () => {
    const versioned = resourcesOf(plain.template, 'AWS::Lambda::Version').map(
      ([, { Properties }]) => Properties.FunctionName.Ref,
    );
    expect(versioned).toHaveLength(3);
    for (const id of versioned) {
      expect([id, referredIn(plain.template.Resources[id]).filter((name) => name in plain.template.Parameters)]).toEqual([
        id,
        [],
      ]);
    }
  });

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html#using-iam-capabilities */
  test('names no role and no policy, so that CAPABILITY_IAM is enough', () => {
    const own = resourcesOf(plain.template, 'AWS::IAM::Role', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy');
    expect(own.filter(([, { Properties }]) => Properties.RoleName || Properties.ManagedPolicyName)).toEqual([]);
  });

  test('can be updated without an address for alarms', () => {
    const [[, subscription] = []] = resourcesOf(plain.template, 'AWS::SNS::Subscription');
    expect(subscription).toMatchObject({ Condition: 'HasAlarmEmail', Properties: { Endpoint: { Ref: 'AlarmEmail' } } });
    expect(JSON.stringify(plain.template)).not.toContain('"Ref":"AlarmSubscription"');
  });
});

describe('a setting becomes a parameter', () => {
  const places = [
    [24, 167, 'Hours'],
    ['Mine', 'Other', 'AWS::StackName'],
  ] as const;

  test('wherever it stands alone, or in a text', () => {
    expect(
      parameterize(
        { a: [24, 'Mine-alarm', 'for 24 hours of 240'], b: 1 },
        { a: [167, 'Other-alarm', 'for 167 hours of 240'], b: 1 },
        places,
      ),
    ).toEqual({
      a: [
        { Ref: 'Hours' },
        { 'Fn::Join': ['', [{ Ref: 'AWS::StackName' }, '-alarm']] },
        { 'Fn::Join': ['', ['for ', { Ref: 'Hours' }, ' hours of 240']] },
      ],
      b: 1,
    });
  });

  test.each<[string, Json, Json]>([
    ['a derived number', { a: { b: [1, 48] } }, { a: { b: [1, 334] } }],
    ['a text with the same value that stays', { a: { b: [1, '24 of 24'] } }, { a: { b: [1, '24 of 167'] } }],
    ['a name', { a: { b: [1, { Mine: 1 }] } }, { a: { b: [1, { Other: 1 }] } }],
    ['a list', { a: { b: [1, [1]] } }, { a: { b: [1, [1, 2]] } }],
  ])('but not if it changes %s', (_, template, other) => {
    expect(() => parameterize(template as never, other as never, places)).toThrow('/a/b/1');
  });
});

describe('the Terraform module', () => {
  /** What templatefile makes of it. */
  const rendered = () =>
    read('terraform/template.json.tftpl')
      .replaceAll('${jsonencode(bucket)}', '"bucket"')
      .replaceAll(/\$\{jsonencode\(keys\["(\w+)"\]\)\}/g, '"$1.zip"')
      .replaceAll('$${', '${')
      .replaceAll('%%{', '%{');

  test('has the same template, with the code in a bucket, and a parameter that changes with it', () => {
    const expected = structuredClone(plain.template);
    expected.Parameters.TemplateHash = { Type: 'String', Description: expect.any(String) };
    expected.Outputs.TemplateHash = { Value: { Ref: 'TemplateHash' } };
    expect(read('terraform/main.tf')).toMatch(/ TemplateHash += sha256\(local\.template\)/);
    for (const [id] of resourcesOf(expected, 'AWS::Lambda::Function'))
      expected.Resources[id].Properties.Code = { S3Bucket: 'bucket', S3Key: `${id}.zip` };
    expect(JSON.parse(rendered())).toEqual(expected);
    // Whatever else looks like an expression of Terraform is escaped.
    expect(read('terraform/template.json.tftpl').replaceAll(/\$\{jsonencode\([^)]*\)\}/g, '')).not.toMatch(
      /(?<!\$)\$\{|(?<!%)%\{/,
    );
  });

  test('reads names and ARNs before a change, and what a release may change after it', () => {
    const outputs = read('terraform/outputs.tf');
    for (const name of ['EventBusName', 'AlarmTopicArn', 'ViewPolicyArn', 'WebhookUrl'])
      expect(outputs).toContain(`= try(data.aws_cloudformation_stack.this.outputs["${name}"], `);
    expect(outputs).toContain('output "release" {\n  value = aws_cloudformation_stack.this.outputs["Release"]\n}');
  });

  test('has a variable for each parameter, an output for each output, and all of the code', () => {
    for (const name of Object.keys(plain.template.Parameters))
      expect(read('terraform/main.tf')).toMatch(new RegExp(`    ${name} += var\\.`));
    for (const name of Object.keys(plain.template.Outputs)) expect(read('terraform/outputs.tf')).toContain(`outputs["${name}"]`);
    for (const path of Object.values(plain.code)) expect(read('terraform/main.tf')).toContain(`= "${path}.zip"`);
  });

  test('has the code in zip files, which are the same in each build', async () => {
    const again = await writePlainTemplate();
    for (const path of Object.values(plain.code)) {
      const zip = readFileSync(join(folder, 'terraform', `${path}.zip`));
      expect(zip.equals(readFileSync(join(again.folder, 'terraform', `${path}.zip`)))).toBe(true);
      const files = Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]);
      const beside = readdirSync(join(folder, 'cloudformation', path)).map((name) => [
        name,
        read(`cloudformation/${path}/${name}`),
      ]);
      expect(files.sort()).toEqual(beside.sort());
    }
    await again.remove();
  });
});

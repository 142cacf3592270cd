import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { eventually } from '../support/eventually.ts';
import { DOCUMENTED } from '../support/notifications.ts';
import type { Json } from '../support/templates.ts';
import { VARIANTS } from '../support/variants.ts';
import { type MiniStack, type Ran, STACK, startMiniStack } from './ministack.ts';

interface Attempt {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const DEV = { stage: 'dev', alarmEmail: 'oncall@example.com' };

let aws: MiniStack;

const stackNow = async () => {
  const { Stacks = [] } = await new CloudFormationClient(aws.client).send(new DescribeStacksCommand({ StackName: STACK }));
  const [{ StackStatus = '', Outputs = [] } = {}] = Stacks;
  return {
    status: StackStatus,
    outputs: Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue }) => [OutputKey, OutputValue])),
  };
};

/** The version to which each function's alias points, by the function's logical id. */
const liveVersions = async (): Promise<Record<string, string>> => {
  const lambda = new LambdaClient(aws.client);
  const { Functions = [] } = await lambda.send(new (await import('@aws-sdk/client-lambda')).ListFunctionsCommand({}));
  const found: Record<string, string> = {};
  for (const { FunctionName = '' } of Functions) {
    const [, name] = /-(Ingest|Apply|ChangesPublish)Function/.exec(FunctionName) ?? [];
    if (!name) continue;
    const { FunctionVersion = '' } = await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
    found[name] = FunctionVersion;
  }
  return found;
};

/** The outputs that name the resources which a new stack adopts, by the start of their logical ids. */
const OUTPUTS: Readonly<Record<string, string>> = {
  StatesTable: 'TableName',
  HistoryTable: 'HistoryTableName',
  NotificationsQueue: 'QueueUrl',
  NotificationsDeadLetterQueue: 'DeadLetterQueueUrl',
  ChangesUnpublished: 'UnpublishedQueueUrl',
  ChangesDiscardedBucket: 'DiscardedChangesBucket',
};

const adoptedAsDocumented = (): Record<string, Record<string, string>> => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/uninstall.md'), 'utf8');
  return JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
};

/** A resource that is created after all others have been updated, and fails. Before it does, it schedules the secret for deletion. */
const failing = (template: Json): void => {
  const ids = (type: string) => Object.keys(template.Resources).filter((id) => template.Resources[id].Type === type);
  const [role] = ids('AWS::IAM::Role');
  const [secret] = ids('AWS::SecretsManager::Secret');
  const ZipFile = `
exports.handler = async ({ RequestType, ResponseURL, ResourceProperties, StackId, RequestId, LogicalResourceId }) => {
  if (RequestType === 'Create') {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.DeleteSecret',
      authorization: 'AWS4-HMAC-SHA256 Credential=any/20260101/${aws.client.region}/secretsmanager/aws4_request, SignedHeaders=host, Signature=0',
    };
    await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify({ SecretId: ResourceProperties.Secret }) });
  }
  const Status = RequestType === 'Create' ? 'FAILED' : 'SUCCESS';
  const body = JSON.stringify({ Status, Reason: 'fails on purpose', PhysicalResourceId: 'failing', StackId, RequestId, LogicalResourceId });
  await fetch(ResponseURL, { method: 'PUT', headers: { 'content-type': '' }, body });
};`;
  Object.assign(template.Resources, {
    FailingFunction: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: 30,
        Role: { 'Fn::GetAtt': [role, 'Arn'] },
        Code: { ZipFile },
      },
    },
    Failing: {
      Type: 'Custom::Failing',
      Properties: { ServiceToken: { 'Fn::GetAtt': ['FailingFunction', 'Arn'] }, Secret: { Ref: secret } },
      DependsOn: ids('AWS::Lambda::Alias'),
    },
  });
};

/** Shows the output of a run that has failed. */
const expectDone = ({ status, output }: Ran): void => expect([status, status === 0 ? '' : output]).toEqual([0, '']);

const setToken = async (): Promise<void> => {
  const { SecretId } = (await stackNow()).outputs;
  await new SecretsManagerClient(aws.client).send(new PutSecretValueCommand({ SecretId, SecretString: DOCUMENTED.token }));
};

beforeAll(async () => {
  aws = await startMiniStack();
});

afterAll(() => aws.stop());

describe('an AWS that nobody here wrote', () => {
  test('runs the stack from its deployment to its destruction: deliveries, commands, an update, a failed update in an outage', async () => {
    const first = await aws.assembly(DEV);
    expectDone(await aws.deploy(first));
    await setToken();

    // The commands that a team runs first.
    const doctor = await aws.oncall('doctor');
    // MiniStack has no Service Quotas.
    expect(doctor.stdout.split('\n').filter((line) => /^(wrong|\?|skip)/.test(line))).toEqual([
      expect.stringMatching(/^\? +quotas +could not be checked/),
    ]);
    for (const type of Object.keys(DOCUMENTED.payloads)) {
      expect((await aws.oncall('send', type, '--wait', '--yes')).stdout).toMatch(/\nanswer {2}202 .*\ntable {3}shows it after/);
    }
    await aws.oncall('send', 'verification_approved', '--user', 'jane', '--timestamp', '2024-05-06T07:08:09Z', '--wait', '--yes');
    await aws.oncall('send', 'verification_rejected', '--user', 'jane', '--timestamp', '2024-05-06T07:08:08Z', '--yes');
    expect((await aws.oncall('send', '--type', 'verification_paused', '--user', 'jane', '--yes')).stdout).toContain('"parked"');
    expect((await aws.oncall('dlq', 'list')).stdout).toContain('parked: unknown_type: verification_paused');
    expect((await aws.oncall('status', 'jane')).stdout).toMatch(/basic +approved +2024-05-06T07:08:09Z/);
    expect((await aws.oncall('forget', 'jane', '--yes')).stdout).toMatch(
      /^Deleted: 1 item in the table, \d records? in the history, 1 dead letter/,
    );
    expect(await aws.cdk('diff', STACK, '--app', first)).toMatchObject({
      output: expect.stringContaining('There were no differences'),
    });

    const accepted = await aws.accept();
    console.log(accepted.output);
    expectDone(accepted);

    // An update: each version is checked before its alias points to it.
    const before = await liveVersions();
    const second = await aws.assembly({ ...DEV, logLevel: 'WARN' });
    expectDone(await aws.deploy(second));
    const after = await liveVersions();
    expect(Object.keys(after).sort()).toEqual(['Apply', 'ChangesPublish', 'Ingest']);
    for (const [name, version] of Object.entries(after)) expect(Number(version)).toBeGreaterThan(Number(before[name]));

    // An update that fails after the aliases have moved, and an outage of Secrets Manager during the rollback.
    expect(await aws.deploy(await aws.assembly(DEV, failing))).toMatchObject({
      status: 1,
      output: expect.stringContaining('fails on purpose'),
    });
    const { status, outputs } = await stackNow();
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await liveVersions()).toEqual(after);
    await new SecretsManagerClient(aws.client).send(new RestoreSecretCommand({ SecretId: outputs.SecretId }));
    expect((await aws.oncall('send', 'verification_approved', '--wait', '--yes')).stdout).toContain('table   shows it');

    expectDone(await aws.cdk('destroy', STACK, '--app', second, '--force'));
  });

  test('keeps the data of a deleted stack, and a new stack adopts it as documented', async () => {
    const assembly = await aws.assembly({ ...DEV, keepData: true });
    expectDone(await aws.deploy(assembly));
    await setToken();
    await aws.oncall('send', 'verification_approved', '--user', 'jane', '--wait', '--yes');
    const { outputs } = await stackNow();
    expectDone(await aws.cdk('destroy', STACK, '--app', assembly, '--force'));

    // MiniStack imports no secrets: the new stack gets a new one.
    const adopted = Object.entries(adoptedAsDocumented()).filter(([id]) => !id.startsWith('TokensSecret'));
    const mapping = adopted.map(([id, by]) => [id, { [Object.keys(by)[0] as string]: outputs[OUTPUTS[id.slice(0, -8)] ?? ''] }]);
    expect(JSON.stringify(mapping)).not.toContain('{}');
    const file = await aws.write('adopt.json', JSON.stringify(Object.fromEntries(mapping)));
    expectDone(await aws.cdk('import', STACK, '--app', assembly, '--resource-mapping', file));
    expectDone(await aws.deploy(assembly));
    const after = await stackNow();
    for (const output of Object.values(OUTPUTS)) expect([output, after.outputs[output]]).toEqual([output, outputs[output]]);
    expect((await aws.oncall('status', 'jane')).stdout).toMatch(/basic +approved/);
    await setToken();
    expect((await aws.oncall('send', 'verification_rejected', '--user', 'jane', '--wait', '--yes')).stdout).toContain('shows it');
    expectDone(await aws.cdk('destroy', STACK, '--app', assembly, '--force'));
  });

  test('runs the template without the CDK, deployed, upgraded and deleted by the commands of the pages, and found by the command line', async () => {
    const commandsOf = (page: string, which: RegExp): string[] =>
      readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => which.test(line));
    const [packageIt, deployIt] = commandsOf('without-the-cdk.md', /^aws cloudformation (package|deploy) /) as [string, string];
    const folder = await aws.plainTemplate();
    const type = async (line: string, ...more: string[]) => {
      const [, ...args] = [...line.replaceAll('BUCKET', aws.bucket).matchAll(/"([^"]*)"|\S+/g)].map(
        ([word, quoted]) => quoted ?? word,
      );
      const done = await aws.cli(folder, ...args, ...more);
      expectDone(done);
      return done.output;
    };
    await type(packageIt);
    await type(deployIt);
    await setToken();
    expect((await aws.oncall('send', 'verification_approved', '--user', 'jane', '--wait', '--yes')).stdout).toContain('shows it');
    const doctor = await aws.oncall('doctor');
    expect(doctor.stdout.split('\n').filter((line) => /^(wrong|skip)/.test(line))).toEqual([]);

    const before = await liveVersions();
    await type(packageIt);
    await type(deployIt, 'LogRetentionDays=30');
    expect((await stackNow()).status).toBe('UPDATE_COMPLETE');
    expect(await liveVersions()).toEqual(before);
    expect((await aws.oncall('status', 'jane')).stdout).toMatch(/basic +approved/);

    // MiniStack deletes a bus with rules; AWS does not.
    const [listRules] = commandsOf('uninstall.md', /^aws events list-rules /) as [string];
    const own = JSON.parse(await type(listRules));
    expect(own.filter((name: string) => !name.startsWith('FractalWebhooks-'))).toEqual([]);
    const ofTheTeam = listRules.replace(
      /list-rules (--event-bus-name \S+).*/,
      'put-rule $1 --name unlock --event-pattern {"source":["any"]}',
    );
    expectDone(await aws.cli(folder, ...ofTheTeam.split(' ').slice(1)));
    expect(JSON.parse(await type(listRules)).sort()).toEqual([...own, 'unlock'].sort());
    const deleting = commandsOf('uninstall.md', /^aws cloudformation (delete-stack|wait) /);
    expect(deleting).toHaveLength(2);
    for (const line of deleting) await type(line);
  });

  test('forwards an event, signed with the secret of the stack, until the backend takes it, and doctor follows its own event there', async () => {
    const attempts: Attempt[] = [];
    const backend = createServer(async (request, response) => {
      const body = await text(request);
      const isJanes = body.includes('"jane"');
      if (isJanes) attempts.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(isJanes && attempts.length === 1 ? 503 : 204).end();
    }).listen(0, '127.0.0.1');
    backend.unref();
    await once(backend, 'listening');
    const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/fractal`;
    const assembly = await aws.assembly({ ...DEV, forwardTo: { url, checks: true } }, ({ Resources }) => {
      for (const { Properties } of Object.values<Json>(Resources)) {
        // MiniStack takes no notice of ExcludePunctuation.
        const generate = Properties?.GenerateSecretString;
        if (generate?.ExcludePunctuation) generate.ExcludeCharacters = `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`;
      }
    });
    expectDone(await aws.deploy(assembly));
    await setToken();
    await aws.oncall('send', 'verification_approved', '--user', 'jane', '--wait', '--yes');
    const [first, second] = await eventually(async () => {
      expect(attempts).toHaveLength(2);
      return attempts as [Attempt, Attempt];
    });
    const SecretId = (await stackNow()).outputs.ForwardSecretId;
    const { SecretString } = await new SecretsManagerClient(aws.client).send(new GetSecretValueCommand({ SecretId }));
    expect(second.body).toBe(first.body);
    for (const { headers, body } of [first, second]) {
      expect(new Webhook(`whsec_${SecretString}`).verify(body, headers)).toMatchObject({
        'detail-type': 'verification_approved',
        detail: { user_id: 'jane' },
      });
    }

    expect((await aws.oncall('doctor')).stdout).toMatch(/^ok +backend/m);
    expectDone(await aws.cdk('destroy', STACK, '--app', assembly, '--force'));
  });

  test.each(Object.entries(VARIANTS))('deploys the variant %s', async (_, settings) => {
    const assembly = await aws.assembly({ ...settings, keepData: false, tableProtection: false });
    expectDone(await aws.deploy(assembly));
    expectDone(await aws.cdk('destroy', STACK, '--app', assembly, '--force'));
  });
});

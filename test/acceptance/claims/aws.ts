import { strict as assert } from 'node:assert';
import {
  CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
} from '@aws-sdk/client-cloudformation';
import { GetAliasCommand, InvokeCommand, LambdaClient, paginateListVersionsByFunction } from '@aws-sdk/client-lambda';
import { eventually } from '../../support/eventually.ts';
import { type Claim, NotHere } from '../claim.ts';
import type { Subject } from '../subject.ts';

const functionsOf = async (subject: Subject): Promise<ReadonlyMap<string, string>> => subject.resources('AWS::Lambda::Function');

const findingsOf = async ({ command }: Subject, ...args: string[]) => {
  const { stdout, stderr } = await command('doctor', '--json', ...args);
  const findings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(findings.length > 0, stderr);
  return findings as { check: string; result: string; says: string }[];
};

/** What only shows on AWS. */
export const AWS_CLAIMS: readonly Claim[] = [
  {
    says: 'doctor finds no problem: secret, queues, mappings, alarms with subscribers, round trip, event, release, clock',
    source: 'oncall/RUNBOOK.md',
    show: async (subject) => {
      const findings = await findingsOf(subject);
      // An earlier run can have triggered it.
      const isRinging = ({ check, says }: { check: string; says: string }) =>
        check === 'alarms' && / is in ALARM since /.test(says);
      // The quotas are the account's, which others use too.
      const ofTheStack = findings.filter(({ check }) => check !== 'quotas');
      const bad = ofTheStack.filter((one) => (one.result === 'wrong' || one.result === 'unknown') && !isRinging(one));
      assert.equal(bad.length, 0, bad.map(({ check, says }) => `${check}: ${says}`).join('; '));
      return `${findings.filter(({ result }) => result === 'ok').length} of ${findings.length} checks are ok${findings
        .filter(isRinging)
        .map(({ says }) => `; ${says}`)
        .join('')}`;
    },
  },
  {
    says: 'An alarm that changes to ALARM reaches the topic',
    source: 'https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger',
    show: async (subject) => {
      const test = (await findingsOf(subject, '--no-webhook', '--test-alarm')).find(({ check }) => check === 'test alarm');
      assert.ok(test, 'doctor has not tested an alarm');
      if (test.result === 'unknown' || test.result === 'skipped') throw new NotHere(test.says);
      assert.equal(test.result, 'ok', test.says);
      return test.says;
    },
  },
  {
    says: 'Each alias points to the newest version of its function, which the release check has passed',
    source: 'infra/README.md#releases',
    show: async (subject) => {
      const lambda = new LambdaClient(subject.target.client);
      const seen: string[] = [];
      for (const [id, FunctionName] of await functionsOf(subject)) {
        const versions: number[] = [];
        for await (const { Versions = [] } of paginateListVersionsByFunction({ client: lambda }, { FunctionName }))
          versions.push(...Versions.map(({ Version }) => Number(Version)).filter(Number.isInteger));
        if (versions.length === 0) continue;
        const { FunctionVersion } = await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
        assert.equal(Number(FunctionVersion), Math.max(...versions), `${id} has versions up to ${Math.max(...versions)}`);
        seen.push(`${/^(Ingest|Apply|ChangesPublish)/.exec(id)?.[0] ?? id} ${FunctionVersion}`);
      }
      assert.equal(seen.length, subject.target.events ? 3 : 2);
      return seen.join(', ');
    },
  },
  {
    says: 'The widget of the dashboard answers with the dead letters',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard.html',
    show: async (subject) => {
      const [, FunctionName] = [...(await functionsOf(subject))].find(([id]) => id.startsWith('DeadLettersWidget')) ?? [];
      const event = { widgetContext: { dashboardName: 'acceptance', theme: 'light', width: 800, height: 400 } };
      const { Payload, FunctionError } = await new LambdaClient(subject.target.client).send(
        new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
      );
      const answer = Payload?.transformToString() ?? '';
      assert.equal(FunctionError, undefined, answer);
      assert.match(JSON.parse(answer), /^\s*</);
      return `${answer.length} characters of HTML`;
    },
  },
  {
    says: 'Drift detection finds no change',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html',
    show: async ({ target, stackName: StackName }) => {
      if (StackName === undefined) throw new NotHere('the local stack has no CloudFormation');
      const client = new CloudFormationClient(target.client);
      const { StackDriftDetectionId } = await client.send(new DetectStackDriftCommand({ StackName }));
      await eventually(async () => {
        const { DetectionStatus, DetectionStatusReason } = await client.send(
          new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }),
        );
        assert.equal(DetectionStatus, 'DETECTION_COMPLETE', DetectionStatusReason);
      }, 300_000);
      const { StackResourceDrifts = [] } = await client.send(
        new DescribeStackResourceDriftsCommand({ StackName, StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'] }),
      );
      assert.equal(
        StackResourceDrifts.length,
        0,
        StackResourceDrifts.map(({ LogicalResourceId }) => LogicalResourceId).join(', '),
      );
      return 'none';
    },
  },
];

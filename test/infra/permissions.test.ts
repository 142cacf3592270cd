import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { SeenCall } from '../../emulator/iam/authorization.ts';
import { covers, judge, type Statement } from '../../emulator/iam/policy.ts';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { sampleOf } from '../support/effort.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification, signed } from '../support/notifications.ts';
import { runReleaseCheck } from '../support/release-check.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import { discardingAfterSeconds, withoutAction } from '../support/synthesized.ts';
import { openWidget } from '../support/widget.ts';

/** One action on one resource that the template grants to a function. */
interface Grant {
  readonly function: string;
  readonly statement: Statement;
}

const grantsOf = (policies: readonly { readonly function: string; readonly statements: readonly Statement[] }[]): Grant[] =>
  policies.flatMap(({ function: id, statements }) =>
    statements.flatMap(({ actions, resources, ...rest }) =>
      actions.flatMap((action) =>
        resources.map((resource) => ({ function: id, statement: { ...rest, actions: [action], resources: [resource] } })),
      ),
    ),
  );

const isUsed = (grant: Grant, calls: readonly SeenCall[]): boolean =>
  calls.some((call) => call.function === grant.function && covers(grant.statement, call));

let grants: Grant[];
let calls: SeenCall[];

/** Opens the dashboard widget, shows a message that would be applied, and redrives it. */
const lookAtDeadLetters = async (stack: RunningStack): Promise<void> => {
  const MessageBody = encodeEnvelope({ id: 'given-up', receivedAt: Date.now(), bytes: Buffer.from(aVerification()) });
  await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody }));
  const { open } = await openWidget(stack);
  const page = await open();
  await open(page.controls.find(({ label }) => label === 'given-up')?.parameters);
  await open(page.controls.find(({ label }) => /would apply/.test(label))?.parameters);
};

/** Exercises everything: accept, park, refuse, apply, publish, set aside a contradiction, discard a change, check a release, redrive. */
beforeAll(async () => {
  const stack = await runStack({ installation: { tracing: true }, change: discardingAfterSeconds(2) });
  const body = aVerification();
  // First, because the history starts while the table is empty.
  expect(await runReleaseCheck(stack)).toMatchObject({ Status: 'SUCCESS' });
  await stack.deliver(body);
  await stack.deliver('nonsense');
  await stack.putItem({ pk: 'USER#any', sk: 'LEVEL#basic', as_of: 'no number' });
  await stack.post(body, { 'x-fractal-signature': signed(body, 'another') });
  await eventually(async () => {
    calls = await stack.view<SeenCall[]>('permissions');
    expect(calls.some(({ action }) => action === 'sqs:DeleteMessage')).toBe(true);
    expect(calls.some(({ action }) => action === 'events:PutEvents')).toBe(true);
    expect(calls.some(({ resource }) => resource.includes('Unpublished'))).toBe(true);
    expect(calls.filter(({ action }) => action === 'logs:PutLogEvents')).toHaveLength(4);
  });
  await lookAtDeadLetters(stack);
  await eventually(async () => {
    calls = await stack.view<SeenCall[]>('permissions');
    expect(calls.filter(({ action }) => action === 'logs:PutLogEvents')).toHaveLength(5);
  });
  await stack.setFaults([{ service: 'lambda', function: 'publish', fault: 'crash' }]);
  await stack.deliver(aVerification());
  await eventually(async () => {
    calls = await stack.view<SeenCall[]>('permissions');
    expect(calls.map(({ action }) => action)).toContain('s3:PutObject');
  });
  grants = grantsOf(await stack.view('policies'));
  await stack.stop();
});

describe('the permissions of the functions', () => {
  test('cover every call that they make', () => {
    expect(calls.length).toBeGreaterThan(10);
    for (const call of calls) {
      const statements = grants.filter(({ function: id }) => id === call.function).map(({ statement }) => statement);
      expect([call, judge(statements, call)]).toEqual([call, 'Allow']);
    }
  });

  test('contain nothing that no call needs', () => {
    expect(grants.length).toBeGreaterThan(10);
    expect(grants.filter((grant) => !isUsed(grant, calls))).toEqual([]);
    const one: Grant = {
      ...(grants[0] as Grant),
      statement: { ...(grants[0] as Grant).statement, actions: ['dynamodb:DeleteItem'] },
    };
    expect(isUsed(one, calls)).toBe(false);
  });

  test('are all needed: without any one of them, some call is denied', () => {
    for (const grant of grants) {
      const left = grants
        .filter((other) => other !== grant && other.function === grant.function)
        .map(({ statement }) => statement);
      const needing = calls.filter((call) => call.function === grant.function && covers(grant.statement, call));
      expect(needing.some((call) => judge(left, call) !== 'Allow')).toBe(true);
    }
  });

  test('name the resource, except for actions without resource-level permissions', () => {
    const wide = grants
      .filter(({ statement }) => statement.resources.includes('*'))
      .flatMap(({ statement }) => statement.actions);
    expect(new Set(wide)).toEqual(new Set(['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'dynamodb:ListStreams']));
  });
});

describe('a stack that lacks a permission', () => {
  const without = (action: string): Promise<RunningStack> =>
    runStack({ installation: { tracing: true }, change: withoutAction(action) });

  test("logs AWS's message with the denied action and resource, and loses nothing", async () => {
    const stack = await without('dynamodb:UpdateItem');
    expect((await stack.deliver(aVerification())).status).toBe(202);
    await eventually(async () =>
      expect(stack.output()).toMatch(
        /AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role\/ApplyRole\w+\/FractalWebhooks-ApplyFunction\w+ is not authorized to perform: dynamodb:UpdateItem on resource: arn:aws:dynamodb:eu-central-1:000000000000:table\/FractalWebhooks-StatesTable\w+ because no identity-based policy allows the dynamodb:UpdateItem action/,
      ),
    );
    expect(await stack.queueDepth()).toBe(1);
    await stack.stop();
  });

  test.each(
    sampleOf<[string, RegExp]>(
      [
        ['sqs:SendMessage', /sqs:SendMessage on resource: arn:aws:sqs:\S+NotificationsQueue/],
        ['secretsmanager:GetSecretValue', /secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:\S+TokensSecret/],
      ],
      1,
    ),
  )('answers 503 if ingest lacks %s', async (action, message) => {
    const stack = await without(action);
    expect((await stack.deliver(aVerification())).status).toBe(503);
    await eventually(async () => expect(stack.output()).toMatch(message));
    await stack.stop();
  });
});

import { randomUUID } from 'node:crypto';
import { EventBridgeClient, ListRulesCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DeliveredEvent } from '../../emulator/engines/eventbridge/delivered-event.ts';
import { callCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import type { Json } from '../support/templates.ts';

let stack: RunningStack;
let eventBridge: EventBridgeClient;

beforeAll(async () => {
  stack = await runStack();
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  eventBridge = new EventBridgeClient({ endpoint: stack.awsEndpointUrl, region: stack.region, credentials });
});

afterAll(() => stack.stop());

const events = (...args: string[]) => callCommand(['events', ...args, '--stack-file', stack.stackFile]);

const published = async (user: string): Promise<DeliveredEvent[]> =>
  (await stack.view<DeliveredEvent[]>('events')).filter(({ detail }) => (detail as Json).user_id === user);

/** Changes this user's state, and waits until the change is published. */
const change = async (user: string, timestamp = '2024-05-06T07:08:09Z'): Promise<void> => {
  const before = (await published(user)).length;
  await stack.deliver(aVerification({ user, timestamp }));
  await eventually(async () => expect(await published(user)).toHaveLength(before + 1));
};

/** The rules of listeners. */
const listeners = async (): Promise<string[]> => {
  const { Rules = [] } = await eventBridge.send(
    new ListRulesCommand({ EventBusName: stack.eventBusName, NamePrefix: 'fractal-webhooks-listener-' }),
  );
  return Rules.map(({ Name = '' }) => Name);
};

const PREFIX = 'fractal-webhooks-listener-';

/** Creates a rule, and lets it send to the queue of the listeners, as a listener does. */
const putRule = async (Name: string): Promise<void> => {
  const EventBusName = stack.eventBusName;
  const EventPattern = '{"source":["fractal-webhooks"]}';
  const { RuleArn = '' } = await eventBridge.send(new PutRuleCommand({ Name, EventBusName, EventPattern }));
  const Arn = RuleArn.replace(':events:', ':sqs:').replace(/rule\/.*/, stack.eventListenerQueueUrl?.split('/').at(-1) ?? '');
  const InputTransformer = { InputTemplate: `{"listener":"${Name}","event":<aws.events.event.json>}` };
  const Targets = [{ Id: 'any', Arn, InputTransformer }];
  await eventBridge.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets }));
};

const waitingForListeners = async (): Promise<number> => {
  const { Attributes = {} } = await stack.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: stack.eventListenerQueueUrl, AttributeNames: ['All'] }),
  );
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible);
};

describe('events --follow', () => {
  test('shows each event as it arrives, and leaves nothing behind', async () => {
    const user = randomUUID();
    const following = events('--follow', '--times', '1');
    await eventually(async () => expect(await listeners()).toHaveLength(1));
    await eventually(async () => {
      await change(user, new Date().toISOString());
      await Promise.race([following, Promise.reject(new Error('no event yet'))]);
    });
    expect(await following).toEqual({
      status: 0,
      stdout: expect.stringMatching(`^\\S+Z  verification_approved +basic  ${user}  as of .*\\n$`),
      stderr: 'Listening. Press Ctrl-C to stop.\n',
    });
    expect(await listeners()).toEqual([]);
  });

  test('gives each of several listeners all of its events', async () => {
    const users = Array.from({ length: 12 }, () => randomUUID());
    const following = [1, 2, 3].map(() => events('--follow', '--json', '--times', String(users.length)));
    await eventually(async () => expect(await listeners()).toHaveLength(3));
    for (const user of users) await change(user);
    for (const { status, stdout } of await Promise.all(following)) {
      const seen = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).detail.user_id);
      expect([status, seen.sort()]).toEqual([0, users.toSorted()]);
    }
    expect(await listeners()).toEqual([]);
  });

  test('deletes rules that listeners have left, and their events, and nothing of active listeners', async () => {
    const id = '-00000000';
    const leftOver = [`${PREFIX}${Date.now() - 90_000_000}${id}`, `${PREFIX}${Date.now() + 3_600_000}${id}`, `${PREFIX}forever`];
    const active = `${PREFIX}${Date.now()}${id}`;
    for (const name of [...leftOver, active]) await putRule(name);
    const user = randomUUID();
    await change(user);
    await eventually(async () => expect(await waitingForListeners()).toBe(4));
    const ALWAYS = ['--from', '2020-01-01T00:00:00Z', '--to', '2100-01-01T00:00:00Z', '--user', user];
    expect((await events('replay', ...ALWAYS)).stdout).toMatch(/^1 in the archive/m);
    expect(await listeners()).toEqual([active]);
    expect(await waitingForListeners()).toBe(1);
  });

  test('without options shows what to specify, and without events which setting to change', async () => {
    expect(await events()).toMatchObject({ status: 2, stderr: expect.stringContaining('Specify --follow, or a command') });
    const silent = await runStack({ installation: { changeEvents: false } });
    const { status, stderr } = await callCommand(['events', '--follow', '--stack-file', silent.stackFile]);
    await silent.stop();
    expect([status, stderr]).toEqual([2, expect.stringContaining('Set changeEvents to true in infra/installations.ts')]);
  });
});

describe('events replay', () => {
  const ALWAYS = ['--from', '2020-01-01T00:00:00Z', '--to', '2100-01-01T00:00:00Z'];

  test('shows the archived events of a user, and sends them again only with --yes', async () => {
    const [user, other] = [randomUUID(), randomUUID()];
    for (const one of [user, other]) await change(one);
    const shown = await events('replay', ...ALWAYS, '--user', user);
    expect(shown.status).toBe(0);
    expect(shown.stdout).toMatch(
      new RegExp(`^From \\S+Z to \\S+Z, in UTC:\\n1 in the archive: 1 verification_approved\\n[^]*${user}[^]*Add --yes to send`),
    );
    expect(shown.stdout).not.toContain(other);
    expect(await published(user)).toHaveLength(1);
    expect((await events('replay', ...ALWAYS, '--user', user, '--yes')).stdout).toContain('1 of 1 event sent to the bus again.');
    const [first, second] = await published(user);
    expect(second).toEqual({ ...first, id: expect.not.stringMatching(first?.id ?? ''), time: expect.any(String) });
    expect(await published(other)).toHaveLength(1);
  });

  test('shows the events of an idOS human, and not with --user', async () => {
    const human = randomUUID();
    const data = { idos_human_id: human, credential_id: 'c', shared_at: '2024-05-06T07:08:09Z' };
    await stack.deliver(JSON.stringify({ type: 'credential_shared', data }));
    await eventually(async () => expect(JSON.stringify(await stack.view('events'))).toContain(human));
    const shown = await events('replay', ...ALWAYS, '--human', human);
    expect([shown.status, shown.stdout]).toEqual([0, expect.stringMatching(/^1 in the archive: 1 credential_shared\n/m)]);
    expect(await events('replay', ...ALWAYS, '--human', human, '--user', 'any')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cannot be used with option'),
    });
  });

  test('replays a time range to all rules, with replay-name in each event', async () => {
    const user = randomUUID();
    await change(user);
    const following = events('--follow', '--json', '--times', '1');
    await eventually(async () => expect((await listeners()).length).toBeGreaterThan(0));
    await eventually(async () => {
      const { status, stdout } = await events('replay', ...ALWAYS, '--yes');
      expect([status, stdout]).toEqual([0, expect.stringMatching(/in UTC:\nReplayed to all rules of the bus\.\n$/)]);
      await Promise.race([following, Promise.reject(new Error('no event yet'))]);
    });
    const [line = ''] = (await following).stdout.split('\n');
    expect(JSON.parse(line)['replay-name']).toMatch(/^fractal-webhooks-/);
  });

  test.each([
    [['--from', 'yesterday', '--to', '2024-01-01T00:00:00Z'], 'It must be a time such as'],
    [['--from', 'Nov 29', '--to', '2024-01-01T00:00:00Z'], 'It must be a time such as'],
    [['--from', '2026-02-30T00:00:00Z', '--to', '2026-03-03T00:00:00Z'], 'It must be a time such as'],
    [['--from', '2024-01-01T00:00:00', '--to', '2024-01-02T00:00:00Z'], 'It must be a time such as'],
    [['--from', '2024-01-01', '--to', '2024-01-02T00:00:00Z'], 'It must be a time such as'],
    [['--from', '2024-01-02T00:00:00Z', '--to', '2024-01-01T00:00:00Z'], '--from must be before --to'],
    [['--from', '2024-01-02T00:00:00Z'], "required option '--to <time>'"],
  ])('rejects %j', async (args, says) => {
    const { status, stderr } = await events('replay', ...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(says)]);
  });
});

describe('events unpublished, and retry', () => {
  const put = (body: unknown) =>
    stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.unpublishedQueueUrl, MessageBody: JSON.stringify(body) }));

  test('show nothing at first', async () => {
    expect(await events('unpublished')).toEqual({
      status: 0,
      stdout: 'No change was set aside, and none is known to wait. The metric that shows it can be minutes late.\n',
      stderr: '',
    });
    expect((await events('retry', '--yes')).stdout).toBe('0 resolved, 0 left.\n');
  });

  test('explain each kind of message, publish what they can with the current state of the table, and keep the rest', async () => {
    const [user, wrong, unchanged, late] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    for (const one of [user, unchanged, late]) await change(one);
    const item = await stack.item(`USER#${unchanged}`, 'LEVEL#basic');
    await put({ v: 1, problem: 'EventBridge was down', id: 'a', key: { pk: `USER#${user}`, sk: 'LEVEL#basic' } });
    await put({
      v: 1,
      problem: 'EventBridge was down',
      id: 'b',
      key: { pk: `USER#${unchanged}`, sk: 'LEVEL#basic' },
      before: item,
    });
    await stack.putItem({ pk: `USER#${wrong}`, sk: 'LEVEL#basic', as_of: 'no number' });
    const at = '2026-11-25T08:00:00Z';
    await put({ DDBStreamBatchInfo: { approximateArrivalOfFirstRecord: at, approximateArrivalOfLastRecord: at, batchSize: 3 } });
    // An older event of an item that has changed since.
    const detail = { user_id: late, level: 'basic', id: 'c', status: 'rejected', timestamp: at, as_of: 1, previous: null };
    await put({ id: 'e', source: 'fractal-webhooks', 'detail-type': 'verification_rejected', time: at, detail });
    await put('anything');

    const seen = await eventually(async () => {
      const { status, stdout } = await events('unpublished', '--json');
      const all: Json[] = JSON.parse(stdout);
      expect([status, all.length]).toEqual([1, 6]);
      return all;
    });
    const explained = (what: string) => seen.find((one) => one.what.startsWith(what));
    expect(explained(`USER#${user}`)).toMatchObject({
      remedy: 'publish',
      says: expect.stringContaining('verification_approved'),
    });
    expect(explained(`USER#${unchanged}`)).toMatchObject({ remedy: 'drop', says: expect.stringContaining('nothing to publish') });
    expect(explained(`USER#${wrong}`)?.says).toContain(': fix the item, then retry');
    expect(explained('3 changes')?.says).toContain('oncall/RUNBOOK.md');
    expect(explained(`USER#${late}`)).toMatchObject({
      remedy: 'publish',
      says: expect.stringContaining('verification_approved'),
    });
    expect(explained('not of this stack')?.remedy).toBeUndefined();

    expect((await events('retry')).stdout).toContain('3 would be resolved. This was a dry run. Add --yes to resolve them.');
    expect(await published(user)).toHaveLength(1);
    const { status, stdout } = await events('retry', '--yes');
    expect([status, stdout]).toEqual([1, expect.stringMatching(/3 resolved, 3 left\.\n$/)]);
    expect((await published(user)).map((event) => (event.detail as Json).id)).toEqual([expect.any(String), 'a']);
    expect((await published(unchanged)).length).toBe(1);
    expect((await published(late)).map((event) => [event['detail-type'], (event.detail as Json).id])).toEqual([
      ['verification_approved', expect.any(String)],
      ['verification_approved', 'c'],
    ]);
    await stack.sqs.send(new PurgeQueueCommand({ QueueUrl: stack.unpublishedQueueUrl }));
  });

  test('count messages that another reader has received', async () => {
    await put('anything');
    const request = { QueueUrl: stack.unpublishedQueueUrl, VisibilityTimeout: 60 };
    expect((await stack.sqs.send(new ReceiveMessageCommand(request))).Messages).toHaveLength(1);
    expect(await events('unpublished')).toMatchObject({
      status: 1,
      stdout: '1 change cannot be read now: another reader has received them.\n',
    });
    await stack.sqs.send(new PurgeQueueCommand({ QueueUrl: stack.unpublishedQueueUrl }));
  });

  test('say that changes wait in the stream while publish is not invoked, and how to enable it', async () => {
    const mapping = await stack.feed('dynamodb', false);
    const { status, stdout } = await events('unpublished');
    await stack.feed('dynamodb', true);
    expect([status, stdout]).toEqual([
      1,
      `Changes may wait in the stream: the event source mapping of publish is not enabled: Disabled. Enable it: aws lambda update-event-source-mapping --uuid ${mapping} --enabled --endpoint-url ${stack.awsEndpointUrl} --region ${stack.region}\nNo change was set aside.\n`,
    ]);
  });

  test('print no control characters', async () => {
    await put({ v: 1, problem: '\u001b[31mred', id: 'a', key: { pk: 'USER#\u001b[2J', sk: 'LEVEL#basic' } });
    expect((await events('unpublished')).stdout).not.toContain('\u001b');
  });
});

import '../../support/as-npm.ts';
import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { awsAnswer, awsError } from '../../../emulator/aws/request.ts';
import { RELEASE } from '../../../functions/release.ts';
import { instantWaits } from '../../support/instant-waits.ts';
import { classicOnly } from '../../support/notifications.ts';
import { printed } from '../../support/printed.ts';
import { startSmallStack } from '../../support/small-stack.ts';

const clock = instantWaits();
const { examine } = await import('../../../oncall/doctor/doctor.ts');

let stack: Awaited<ReturnType<typeof startSmallStack>>;

beforeAll(async () => {
  stack = await startSmallStack(clock.pass);
});

afterAll(() => stack.stop());

beforeEach(() => {
  stack.received.length = 0;
});

afterEach(() => stack.restore());

interface Finding {
  readonly check: string;
  readonly result: string;
  readonly says: string;
  readonly remedy?: string;
}

const doctor = async (options: object = {}, parts: Partial<typeof stack.target> = {}) => {
  const settings = { webhook: true, testAlarm: false, json: true, ...options };
  const { status, stdout, stderr } = await printed(() =>
    examine({ ...stack.target, release: { name: RELEASE, types: [] }, ...parts }, settings),
  );
  const findings = settings.json
    ? stdout
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line): Finding => JSON.parse(line))
    : [];
  return { status, stdout, stderr, findings, results: findings.map(({ check, result }) => `${check}: ${result}`) };
};

const SOUND = [
  ...['secret: ok', 'mapping: ok', 'stream: ok', 'table: ok', 'webhook: ok', 'clock: ok', 'round trip: ok', 'event: ok'],
  ...['release: ok', 'dead letters: ok', 'unpublished: ok', 'rules: ok', 'concurrency: ok', 'alarms: ok'],
  ...['signatures: ok', 'listeners: ok'],
  'delivery: ok',
];

/** The results with some others. */
const soundBut = (others: Readonly<Record<string, string>>): string[] =>
  SOUND.map((result) => others[result.split(':')[0] as string] ?? result).filter(Boolean);

const NOT_SENT = { webhook: 'webhook: skipped', clock: '', 'round trip': '', event: '' };

const enable = (UUID: string, Enabled: boolean) =>
  new LambdaClient(stack.target.client).send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));

/** Has each call of a service rejected. */
const reject = (service: string, code: string, message: string, action: RegExp = /./): void =>
  stack.around(service, action, async () => awsError(400, code, message));

describe('doctor', () => {
  test('checks a sound stack in the order in which a notification passes it', async () => {
    const { status, results, findings, stderr } = await doctor();
    expect([status, results, stderr]).toEqual([0, SOUND, '']);
    expect(findings).toContainEqual({ check: 'table', result: 'ok', says: 'can be read' });
  });

  test('prints a line for each check, and a second one for what to do', async () => {
    await stack.setSecret('{"no_token_yet":"x"}');
    const { status, stdout } = await doctor({ json: false });
    await stack.setSecret(classicOnly());
    expect(status).toBe(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colors of a terminal.
    const lines = stdout.replaceAll(/\u001b\[\d+m/g, '').split('\n');
    expect(lines.slice(0, 4)).toEqual([
      "wrong  secret        does not contain Fractal's token yet, so every delivery is rejected",
      "                     Store the token from Fractal's dashboard: npm run oncall -- tokens set all --stack S",
      'ok     mapping       the event source mapping of apply is enabled',
      'ok     stream        the event source mapping of publish is enabled',
    ]);
    expect(lines.slice(5, 7)).toEqual(['skip   webhook       nothing was sent', '                     Fix the secret first.']);
  });

  test('without events, sends no less, and checks nothing about events', async () => {
    const none = { stream: '', event: '', unpublished: '', rules: '' };
    expect((await doctor({}, { events: undefined })).results).toEqual(soundBut(none));
  });

  test('--no-webhook reads no token, and sends nothing', async () => {
    reject('secretsmanager', 'AccessDeniedException', 'no');
    expect((await doctor({ webhook: false })).results).toEqual(soundBut({ ...NOT_SENT, webhook: '', secret: '' }));
    expect(stack.received).toEqual([]);
  });

  test('--test-alarm puts an alarm into ALARM after the alarms are checked', async () => {
    const { results } = await doctor({ testAlarm: true });
    await stack.alarms.end('S-apply-throttled');
    expect(results).toEqual([...SOUND.slice(0, -1), 'test alarm: ok', 'delivery: ok']);
  });

  test('counts signatures up to when it began', async () => {
    stack.webhook.takesMs = 2_000;
    stack.webhook.answer = (response) => {
      stack.alarms.put({ namespace: 'S', name: 'Acknowledged' }, 1);
      response.end('{}');
    };
    const { findings } = await doctor();
    Object.assign(stack.webhook, { takesMs: 0, answer: undefined });
    expect(findings.find(({ check }) => check === 'signatures')?.says).toMatch(/none of Fractal's was accepted/);
  });

  test.each<[string, string, RegExp, Record<string, string>]>([
    ['secret', 'secretsmanager', /./, { ...NOT_SENT, secret: 'secret: unknown' }],
    ['table', 'dynamodb', /./, { ...NOT_SENT, table: 'table: unknown' }],
    ['stream', 'lambda', /stream/, { stream: 'stream: unknown' }],
    ['mapping', 'lambda', /main/, { mapping: 'mapping: unknown' }],
    ['concurrency', 'lambda', /account-settings/, { concurrency: 'concurrency: unknown' }],
    ['rules', 'events', /./, { rules: 'rules: unknown' }],
    ['alarms', 'cloudwatch', /DescribeAlarms$/, { alarms: 'alarms: unknown', signatures: '', delivery: 'delivery: unknown' }],
    ['listeners', 'sns', /./, { listeners: 'listeners: unknown' }],
    ['delivery', 'cloudwatch', /History/, { delivery: 'delivery: unknown' }],
  ])('goes on if its %s may not be read, and does not send what would be left behind', async (check, service, action, others) => {
    reject(service, 'AccessDeniedException', 'User: x is not authorized', action);
    if (service === 'sns') {
      stack.around('sns', /./, async () => ({
        status: 403,
        headers: { 'content-type': 'text/xml' },
        body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: x is not authorized</Message></Error></ErrorResponse>',
      }));
    }
    const { status, results, findings } = await doctor();
    expect([status, results]).toEqual([1, soundBut(others)]);
    expect(findings.find((one) => one.check === check)).toMatchObject({
      result: 'unknown',
      says: 'could not be checked: AWS denied access: User: x is not authorized',
      remedy: 'Retry with a role that has this permission.',
    });
    const skipped = findings.find(({ result }) => result === 'skipped');
    expect(skipped).toEqual(
      others.webhook && { check: 'webhook', result: 'skipped', says: 'nothing was sent', remedy: `Fix the ${check} first.` },
    );
    expect(stack.received).toHaveLength(others.webhook ? 0 : 1);
  });

  test('names the queues whose messages it could not count', async () => {
    reject('sqs', 'AccessDeniedException', 'no', /GetQueueAttributes/);
    expect((await doctor()).results).toEqual(
      soundBut({
        mapping: 'mapping: unknown',
        'dead letters': 'dead letters: unknown',
        unpublished: 'unpublished: unknown',
      }),
    );
  });

  test('names the alarm that it could not test', async () => {
    reject('cloudwatch', 'AccessDeniedException', 'no', /SetAlarmState/);
    expect((await doctor({ testAlarm: true })).findings.at(-2)).toEqual({
      check: 'test alarm',
      result: 'unknown',
      says: 'could not be checked: AWS denied access: no',
      remedy: 'Retry with a role that has this permission.',
    });
  });

  test('names the event that it could not receive', async () => {
    reject('sqs', 'AccessDeniedException', 'no', /ReceiveMessage/);
    const { results, findings } = await doctor();
    expect(results).toEqual(soundBut({ event: 'event: unknown' }));
    expect(findings.find(({ check }) => check === 'event')).toMatchObject({
      says: 'could not be received: AWS denied access: no. Retry with a role that has this permission.',
      remedy: 'Retry.',
    });
  });

  test('reports what is gone as wrong, with the command that brings it back, and sends nothing', async () => {
    reject('secretsmanager', 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    const { status, findings, results } = await doctor();
    expect([status, results]).toEqual([1, soundBut({ ...NOT_SENT, secret: 'secret: wrong' })]);
    expect(findings[0]).toMatchObject({
      says: 'the secret no longer exists',
      remedy: expect.stringContaining('npm run cdk -- deploy S --revert-drift'),
    });
    expect(stack.received).toEqual([]);
  });

  test('sends nothing that would wait on the queue, because apply is disabled', async () => {
    await enable('m-apply', false);
    const { findings, results } = await doctor();
    await enable('m-apply', true);
    expect(results).toEqual(soundBut({ ...NOT_SENT, mapping: 'mapping: wrong' }));
    expect(findings.find(({ result }) => result === 'skipped')?.remedy).toBe('Fix the mapping first.');
    expect(stack.received).toEqual([]);
  });

  test('does not wait for an event, because publish is disabled', async () => {
    await enable('m-publish', false);
    const { results } = await doctor();
    await enable('m-publish', true);
    expect(results).toEqual(soundBut({ stream: 'stream: wrong', event: 'event: skipped' }));
  });

  test('waits for an event if it could not read whether publish is enabled', async () => {
    reject('lambda', 'AccessDeniedException', 'no', /stream/);
    expect((await doctor()).results).toContain('event: ok');
  });

  test('ends at once if every other call would fail too', async () => {
    reject('lambda', 'ExpiredTokenException', 'The security token included in the request is expired');
    const { status, stdout, stderr } = await doctor();
    expect([status, stdout.trim().split('\n').length, stderr]).toEqual([
      2,
      1,
      'error: The AWS credentials have expired. Sign in again, then retry.\n',
    ]);
  });

  test('reports an answer that it does not understand, and goes on', async () => {
    stack.around('lambda', /account-settings/, async () => ({ ...awsAnswer({}), body: '{' }));
    const { findings, results } = await doctor();
    expect(results).toEqual(soundBut({ concurrency: 'concurrency: unknown' }));
    expect(findings.find(({ check }) => check === 'concurrency')).toMatchObject({
      says: expect.stringMatching(/^could not be checked: .*JSON/),
      remedy: 'Retry.',
    });
  });
});

import '../../support/as-npm.ts';
import { PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { awsAnswer, awsError } from '../../../emulator/aws/request.ts';
import { parseJson } from '../../../functions/core/json.ts';
import { instantWaits } from '../../support/instant-waits.ts';
import { classicOnly, DOCUMENTED } from '../../support/notifications.ts';
import { startSmallStack } from '../../support/small-stack.ts';

const clock = instantWaits();
const { checkRoundTrip } = await import('../../../oncall/doctor/round-trip.ts');

let stack: Awaited<ReturnType<typeof startSmallStack>>;

beforeAll(async () => {
  stack = await startSmallStack(clock.pass);
});

afterAll(() => stack.stop());

beforeEach(() => {
  Object.assign(stack.webhook, { applies: true, publishes: true, takesMs: 0, clockOffMs: 0, answer: undefined });
  stack.received.length = 0;
});

afterEach(async () => {
  stack.restore();
  const { checkQueueUrl = '' } = stack.target.events ?? {};
  await new SQSClient(stack.target.client).send(new PurgeQueueCommand({ QueueUrl: checkQueueUrl }));
});

const findings = (parts: Partial<typeof stack.target> = {}, value = classicOnly()) =>
  Array.fromAsync(checkRoundTrip({ ...stack.target, ...parts }, { value, since: undefined }));

/** The test user of the last delivery. */
const user = (): string => Object(parseJson(stack.received.at(-1)?.body.toString() ?? '')).data.user_id;

/** What the table has of that user. */
const own = async () => (await stack.items()).filter(({ pk }) => pk === `USER#${user()}`);

const forget = (): string =>
  `The notification may still be applied. If it is, delete the test user: npm run oncall -- forget ${user()} --yes --stack S`;

const answers = (status: number, answer: object): void => {
  stack.webhook.answer = (response) => response.writeHead(status).end(JSON.stringify(answer));
};

test('doctor sends one of each contract whose token the secret has', async () => {
  const both = await findings({}, DOCUMENTED.token);
  expect(both.map(({ check, result, says }) => `${check} ${result} ${says}`)).toEqual([
    expect.stringMatching(/^webhook ok 202/),
    expect.stringMatching(/^clock ok/),
    expect.stringMatching(/^round trip ok in the table/),
    expect.stringMatching(/^event ok published/),
    expect.stringMatching(/^webhook ok Kraken: 202/),
    expect.stringMatching(/^round trip ok Kraken: in the table/),
    expect.stringMatching(/^event ok Kraken: published/),
  ]);
  expect(await stack.items()).toEqual([]);
  expect((await findings({}, JSON.stringify({ kraken: DOCUMENTED.token }))).map(({ says }) => says)).toEqual([
    expect.stringMatching(/^Kraken: 202/),
    expect.stringMatching(/^Kraken: at most \d+ s off/),
    expect.stringMatching(/^Kraken: in the table/),
    expect.stringMatching(/^Kraken: published/),
  ]);
});

test('doctor does not send the second if the first did not arrive', async () => {
  stack.webhook.applies = false;
  expect((await findings({}, DOCUMENTED.token)).map(({ check, result }) => `${check} ${result}`)).toEqual([
    'webhook ok',
    'clock ok',
    'round trip wrong',
  ]);
  expect(stack.received).toHaveLength(1);
});

describe('a notification that doctor sends', () => {
  test('is followed to the table and to its event, and then deleted', async () => {
    stack.webhook.takesMs = 120;
    expect(await findings()).toEqual([
      { check: 'webhook', result: 'ok', says: '202 accepted after 120 ms' },
      { check: 'clock', result: 'ok', says: 'at most 0 s off' },
      { check: 'round trip', result: 'ok', says: 'in the table after 0.12 s, then deleted' },
      { check: 'event', result: 'ok', says: 'published after another 1.00 s' },
    ]);
    expect(await own()).toEqual([]);
    expect(stack.depth('check')).toBe(0);
    const [{ body, headers } = { body: '', headers: {} as Record<string, string> }] = stack.received;
    expect(parseJson(body.toString())).toEqual({
      type: 'verification_contacted',
      data: {
        level: 'doctor',
        user_id: expect.stringMatching(/^doctor-[\da-f-]{36}$/),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    });
    expect(headers['user-agent']).toMatch(/^fractal-webhooks/);
  });

  test('is waited for', async () => {
    stack.around('dynamodb', 'GetItem', async (serve, nth) => (nth < 5 ? awsAnswer({}) : serve()));
    const [, , trip] = await findings();
    expect(trip).toMatchObject({ result: 'ok', says: 'in the table after 0.20 s, then deleted' });
  });

  test('has no event if the stack sends none', async () => {
    expect((await findings({ events: undefined })).map(({ check }) => check)).toEqual(['webhook', 'clock', 'round trip']);
  });

  test('is not found in the table: the runbook tells why, and the test user is to be deleted', async () => {
    Object.assign(stack.webhook, { applies: false });
    stack.around('dynamodb', 'GetItem', async (serve) => {
      clock.pass(5_000);
      return serve();
    });
    const [, , trip, ...others] = await findings();
    expect([trip, others]).toEqual([
      {
        check: 'round trip',
        result: 'wrong',
        says: 'not in the table after 30 s',
        remedy: `See apply-failing in oncall/RUNBOOK.md. ${forget()}`,
      },
      [],
    ]);
  });

  test('is not found in the table: the test user is to be deleted even if nothing tells why', async () => {
    Object.assign(stack.webhook, { applies: false });
    stack.around('dynamodb', 'GetItem', async (serve) => {
      clock.pass(5_000);
      return serve();
    });
    stack.around('lambda', /event-source-mappings/, async () => awsError(403, 'AccessDeniedException', 'not authorized'));
    expect((await findings())[2]).toMatchObject({
      check: 'round trip',
      result: 'wrong',
      remedy: `See apply-failing in oncall/RUNBOOK.md. ${forget()}`,
    });
  });

  test.each(['GetItem', 'DeleteItem'])('may be left behind if %s is denied', async (action) => {
    stack.around('dynamodb', action, async () => awsError(400, 'AccessDeniedException', 'not authorized'));
    const [, , trip, ...others] = await findings();
    expect([trip, others]).toEqual([
      {
        check: 'round trip',
        result: 'unknown',
        says: 'could not be followed: AWS denied access: not authorized. Retry with a role that has this permission.',
        remedy: `Retry. ${forget()}`,
      },
      [],
    ]);
  });

  test.each<[number, object, string, (() => string) | string]>([
    [
      401,
      { error: 'signature_mismatch' },
      '401 signature_mismatch',
      'A changed token works within ten seconds. Otherwise see wrong-signatures in oncall/RUNBOOK.md.',
    ],
    [202, { status: 'parked', reason: 'unknown_type' }, '202 unknown_type', 'See server-errors in oncall/RUNBOOK.md.'],
    [404, { message: 'Not Found' }, '404 Not Found', 'See server-errors in oncall/RUNBOOK.md.'],
    [499, {}, '499 ', 'See server-errors in oncall/RUNBOOK.md.'],
    [200, { status: 'hello' }, '200 hello', 'See server-errors in oncall/RUNBOOK.md.'],
    [500, { message: 'Oops' }, '500 Oops', () => `See server-errors in oncall/RUNBOOK.md. ${forget()}`],
    [503, { error: 'unavailable' }, '503 unavailable', () => `See server-errors in oncall/RUNBOOK.md. ${forget()}`],
  ])('that is answered with %d %j is not followed', async (status, answer, says, remedy) => {
    answers(status, answer);
    const [webhook, ...others] = await findings();
    expect(webhook).toEqual({
      check: 'webhook',
      result: 'wrong',
      says: `${says} after 0 ms`,
      remedy: typeof remedy === 'string' ? remedy : remedy(),
    });
    expect(others.map(({ check }) => check)).toEqual(['clock']);
  });

  test('may be applied although there was no answer', async () => {
    stack.webhook.answer = (response) => response.destroy();
    expect(await findings()).toEqual([
      {
        check: 'webhook',
        result: 'wrong',
        says: expect.stringMatching(/^no answer: http:\S+\/webhook can't be reached: the connection was closed\. Retry/),
        remedy: forget(),
      },
    ]);
  });

  test('is deleted before an interrupt ends the command', async () => {
    const said: string[] = [];
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => {}) as never);
    const error = jest.spyOn(console, 'error').mockImplementation((line) => void said.push(line));
    const { isTTY } = process.stderr;
    process.stderr.isTTY = true;
    stack.around('dynamodb', 'GetItem', async (serve) => {
      process.emit('SIGINT');
      return serve();
    });
    await findings();
    expect(await own()).toEqual([]);
    expect(said).toEqual([
      '       waiting for the notification to be in the table …',
      'Stopping as soon as the test user is deleted. Interrupt again to stop now.',
      '       waiting for its event …',
    ]);
    expect(exit.mock.calls).toEqual([[130]]);
    process.stderr.isTTY = isTTY;
    exit.mockRestore();
    error.mockRestore();
  });
});

describe('the clock of this machine', () => {
  // A Date header has no milliseconds.
  beforeEach(() => clock.pass(1_000 - (clock.now() % 1_000)));

  test.each([
    [60_000, 'ok', 'at most 60 s off'],
    [-60_000, 'ok', 'at most 60 s off'],
    [61_000, 'wrong', 'this machine is 61 s behind'],
    [-300_000, 'wrong', 'this machine is 300 s ahead'],
    [Number.NaN, 'ok', "the webhook's response has no Date header to compare with"],
  ])('is compared with the Date header: %d ms', async (clockOffMs, result, says) => {
    Object.assign(stack.webhook, { clockOffMs });
    const [, finding] = await findings();
    expect(finding).toEqual({
      check: 'clock',
      result,
      says,
      ...(result === 'wrong' && { remedy: 'Set its clock, for example with NTP.' }),
    });
  });

  test('is that of when the answer came', async () => {
    Object.assign(stack.webhook, { takesMs: 61_000 });
    expect((await findings())[1]).toMatchObject({ check: 'clock', result: 'ok' });
  });
});

describe("the test user's event", () => {
  test('is missing', async () => {
    Object.assign(stack.webhook, { publishes: false });
    expect((await findings())[3]).toEqual({
      check: 'event',
      result: 'wrong',
      says: 'not published after 30 s',
      remedy: 'Lambda retries for a day, as long as the stream keeps the change. See events-behind in oncall/RUNBOOK.md.',
    });
  });

  test('is found among others, which stay', async () => {
    const others = ['{"detail":{"user_id":"doctor-other"}}', '{"source":"any"}', 'no JSON', 'null'];
    for (const other of others) await stack.send('check', other);
    expect((await findings())[3]).toMatchObject({ check: 'event', result: 'ok' });
    expect(stack.depth('check')).toBe(others.length);
  });

  test('is asked for again at once after a poll without messages', async () => {
    stack.around('sqs', 'ReceiveMessage', async (serve, nth) => (nth === 1 ? awsAnswer({}) : serve()));
    expect((await findings())[3]).toMatchObject({ check: 'event', result: 'ok', says: 'published after another 1.00 s' });
  });

  test('is waited for while only others come, without asking all the time', async () => {
    Object.assign(stack.webhook, { publishes: false });
    await stack.send('check', '{"detail":{"user_id":"doctor-other"}}');
    let asked = 0;
    stack.around('sqs', 'ReceiveMessage', async (serve, nth) => {
      asked = nth;
      if (nth === 3) await stack.send('check', JSON.stringify({ detail: { user_id: user() } }));
      return serve();
    });
    expect((await findings())[3]).toMatchObject({ check: 'event', result: 'ok', says: 'published after another 3.40 s' });
    expect(asked).toBe(3);
  });
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import { awsError } from '../../../../emulator/aws/request.ts';
import { parseEvent } from '../../../../reader/json-schemas.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';
import { suggestedIn } from '../../../support/terminal.ts';

const stack = useStackInProcess();
const snapshot = (...args: string[]) => stack.run('events', 'snapshot', ...args);

const AS_OF = 1_714_979_289_000;
const put = (user: string, level: string, status = 'approved') =>
  stack.put({
    pk: `USER#${user}`,
    sk: `LEVEL#${level}`,
    user_id: user,
    level,
    status,
    status_rank: status === 'approved' ? 1 : 3,
    timestamp: '2024-05-06T07:08:09Z',
    as_of: AS_OF,
  });
/** The events of the tests before. */
let former = 0;

beforeEach(() => {
  former = stack.events().length;
});

const events = () => stack.events().slice(former);
const sent = () => events().map(({ source, detail, 'detail-type': type }) => ({ source, type, ...(detail as object) }));

describe('events snapshot', () => {
  test('counts the current states, and publishes nothing without --yes', async () => {
    await put('ann', 'basic');
    await put('ann', 'plus', 'rejected');
    await stack.put({ pk: 'USER#ann', sk: 'EMAIL', user_id: 'ann', email: 'ann@example.com', as_of: AS_OF });
    await put('doctor-1', 'doctor');
    await stack.put({ pk: 'TEAM#1', sk: 'OWN' });
    expect(await snapshot()).toMatchObject({
      status: 0,
      stdout:
        '3 events would be sent to the bus: 1 email_changed, 1 verification_approved, 1 verification_rejected.\nThis was a dry run. Add --yes to send them.\n',
    });
    expect(sent()).toEqual([]);
  });

  test('publishes them under a source of their own, each with the same id every time, and without an address', async () => {
    await put('ann', 'basic');
    await stack.put({ pk: 'USER#ann', sk: 'EMAIL', user_id: 'ann', email: 'ann@example.com', as_of: AS_OF });
    const { status, stdout } = await snapshot('--yes');
    expect([status, stdout]).toEqual([0, '2 events sent to the bus: 1 email_changed, 1 verification_approved.\n']);
    const [level] = sent().filter(({ type }) => type === 'verification_approved');
    expect(level).toEqual({
      source: 'fractal-webhooks.snapshot',
      type: 'verification_approved',
      version: 1,
      id: expect.stringMatching(/^[\da-f]{32}$/),
      user_id: 'ann',
      level: 'basic',
      status: 'approved',
      timestamp: '2024-05-06T07:08:09Z',
      as_of: AS_OF,
      previous: null,
      snapshot: true,
    });
    expect(JSON.stringify(sent())).not.toContain('example.com');
    for (const event of events()) parseEvent(event['detail-type'] as 'verification_approved', event);
    await snapshot('--yes');
    expect(new Set(sent().map((event) => Object(event).id)).size).toBe(2);
    await put('ann', 'basic', 'rejected');
    await snapshot('--yes');
    expect(new Set(sent().map((event) => Object(event).id)).size).toBe(3);
  });

  test('is about one level, for one rule, if asked', async () => {
    await put('ann', 'basic');
    await put('ann', 'plus');
    const { stdout } = await snapshot('--level', 'plus', '--rule', 'new-consumer', '--yes', '--json');
    expect(JSON.parse(stdout)).toEqual({ dry_run: false, events: 1, verification_approved: 1, contradictions: 0, after: null });
    expect(sent()).toMatchObject([{ level: 'plus', rule: 'new-consumer' }]);
  });

  test('names an item that contradicts the rule of the table, and publishes the others', async () => {
    await put('ann', 'basic');
    await put('bob', 'basic', 'paused');
    const { status, stdout, stderr } = await snapshot('--yes');
    expect([status, stdout]).toEqual([1, '1 event sent to the bus: 1 verification_approved.\n']);
    expect(stderr).toBe('USER#bob LEVEL#basic: the status of the item has an unexpected value: fix the item\n');
  });

  test('goes on where it was interrupted, and misses nothing', async () => {
    for (let user = 0; user < 35; user += 1) await put(`user-${user}`, 'plus');
    let calls = 0;
    stack.intercept(({ action }) => {
      calls += Number(action === 'PutEvents');
      return action === 'PutEvents' && calls === 3 ? awsError(400, 'ValidationException', 'no') : undefined;
    });
    const first = await snapshot('--level', 'plus', '--rate', '1000', '--yes');
    stack.intercept(() => undefined);
    expect([first.status, first.stdout]).toEqual([
      1,
      expect.stringMatching(/^20 events sent to the bus: .*\nNot finished\. Go on: /),
    ]);
    const [command = []] = suggestedIn(first.stdout);
    expect(await stack.run(...command)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^15 events sent/) });
    expect(new Set(sent().map((event) => Object(event).user_id)).size).toBe(35);
    expect(await snapshot('--after', 'nonsense', '--yes')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('--after is not what an interrupted snapshot has printed.'),
    });
  });

  test('goes to the backend only with forwardTo', async () => {
    await put('ann', 'basic');
    expect(await snapshot('--backend', '--yes')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('This stack sends its events to no backend. Set forwardTo in'),
    });
    await stack.writeStackFile({ ForwardQueueUrl: stack.urls.unpublished, ForwardUrl: 'https://backend.example.com' });
    expect((await snapshot('--backend', '--yes')).stdout).toBe(
      '1 event sent to https://backend.example.com: 1 verification_approved.\n',
    );
    expect(sent()).toEqual([]);
    await stack.writeStackFile();
  });
});

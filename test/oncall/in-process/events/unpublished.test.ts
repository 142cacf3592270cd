import { describe, expect, test } from '@jest/globals';
import { awsAnswer, awsError } from '../../../../emulator/aws/request.ts';
import { interrupt, keepRunning } from '../../../support/interrupt.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';
import { suggestedIn } from '../../../support/terminal.ts';

const stack = useStackInProcess();
const list = (...args: string[]) => stack.run('events', 'unpublished', ...args);
const retry = (...args: string[]) => stack.run('events', 'retry', ...args);

const LEVEL = {
  user_id: 'jane',
  level: 'basic',
  status: 'approved',
  timestamp: '2024-05-06T07:08:09Z',
  as_of: 1_714_979_289_000,
};
const KEY = { pk: 'USER#jane', sk: 'LEVEL#basic' };
const putLevel = (changes: Record<string, string | number> = {}) => stack.put({ ...KEY, ...LEVEL, ...changes });

const setAside = (changes: object = {}) =>
  stack.send('unpublished', JSON.stringify({ v: 1, problem: 'too large', id: 'change-1', key: KEY, ...changes }));

const EXPIRED = JSON.stringify({
  DDBStreamBatchInfo: {
    approximateArrivalOfFirstRecord: '2026-01-01T00:00:00Z',
    approximateArrivalOfLastRecord: '2026-01-02T00:00:00Z',
    batchSize: 7,
  },
});

const undelivered = (detail: object) =>
  stack.send(
    'unpublished',
    JSON.stringify({
      id: 'e',
      source: 'fractal-webhooks',
      'detail-type': 'verification_approved',
      detail: { id: 'change-2', previous: null, ...detail },
    }),
  );

const published = () => {
  const { 'detail-type': type, source, detail } = Object(stack.events().at(-1));
  return { type, source, detail };
};
const WOULD = 'would be published as verification_approved, with the current state of the table';
const BACK = 'the item has changed back: there is nothing to publish';
const BY_OTHERS = 'it was put on the queue by other means';

/** A message about a batch that Lambda has discarded, as S3 sends it through EventBridge. */
const discarded = (key: string, bucket = 'discarded') =>
  stack.send(
    'unpublished',
    JSON.stringify({ version: '0', source: 'aws.s3', detail: { bucket: { name: bucket }, object: { key, size: 9 } } }),
  );

const image = (status: string) => ({
  ...Object.fromEntries(Object.entries({ ...KEY, ...LEVEL, status }).map(([name, value]) => [name, { S: String(value) }])),
  as_of: { N: String(LEVEL.as_of) },
});

const record = (number: number, changes: object = {}) => ({
  eventID: `change-${number}`,
  dynamodb: { Keys: { pk: { S: KEY.pk }, sk: { S: KEY.sk } }, SequenceNumber: String(number), ...changes },
});

describe('events unpublished', () => {
  test('says that every change was published, with exit status 0', async () => {
    expect(await list()).toEqual({
      status: 0,
      stdout: 'No change was set aside, and none is known to wait. The metric that shows it can be minutes late.\n',
      stderr: '',
    });
    expect(await list('--json')).toEqual({ status: 0, stdout: '[]\n', stderr: '' });
  });

  test('explains each change and what a retry does, and suggests the retry, which works', async () => {
    await putLevel();
    await setAside();
    await setAside({ before: LEVEL });
    await stack.send('unpublished', EXPIRED);
    await stack.send('unpublished', 'nonsense');
    const { status, stdout, stderr } = await list();
    expect(stdout.split('\n')).toEqual([
      'USER#jane LEVEL#basic: too large',
      `    ${WOULD}`,
      'USER#jane LEVEL#basic: too large',
      `    ${BACK}`,
      '7 changes from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z: publish failed for a day, and the stream no longer has them',
      '    see events-unpublished in oncall/RUNBOOK.md',
      `not of this stack: ${BY_OTHERS}`,
      '    view it in the SQS console, and delete it if it is not needed',
      '',
      `Publish them: npm run oncall -- events retry --yes --stack-file ${stack.stackFile}`,
      '',
    ]);
    expect([status, stderr]).toEqual([1, '']);
    const [suggested = []] = suggestedIn(stdout);
    expect((await stack.run(...suggested)).stdout).toMatch(/\n2 resolved, 2 left\.\n$/);
    const after = await list();
    expect([after.status, after.stdout.includes('Publish them')]).toEqual([1, false]);
  });

  test('explains each change in JSON', async () => {
    await putLevel();
    const ids = [await setAside(), await setAside({ before: LEVEL }), await stack.send('unpublished', EXPIRED)];
    const { status, stdout } = await list('--json');
    expect(JSON.parse(stdout)).toEqual([
      { id: ids[0], what: 'USER#jane LEVEL#basic', problem: 'too large', remedy: 'publish', says: WOULD },
      { id: ids[1], what: 'USER#jane LEVEL#basic', problem: 'too large', remedy: 'drop', says: BACK },
      {
        id: ids[2],
        what: '7 changes from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z',
        problem: 'publish failed for a day, and the stream no longer has them',
        says: 'see events-unpublished in oncall/RUNBOOK.md',
      },
    ]);
    expect(status).toBe(1);
  });

  test.each<[string, object]>([
    ['of another version', { v: 2 }],
    ['without a problem', { problem: undefined }],
    ['without an id', { id: 7 }],
    ['without a key', { key: { pk: 'USER#jane' } }],
    ['with a key that is no text', { key: { pk: 7, sk: 'x' } }],
    ['with a state that is no item', { before: 7 }],
    ['with a new state that is no item', { after: 7 }],
  ])('a change %s is not of this stack', async (_, changes) => {
    await setAside(changes);
    expect((await list()).stdout).toMatch(/^not of this stack: /);
  });

  test.each<[string, object]>([
    ['of another batch size', { batchSize: '7' }],
    ['without its first time', { approximateArrivalOfFirstRecord: undefined }],
    ['without its last time', { approximateArrivalOfLastRecord: undefined }],
  ])("Lambda's pointer %s is not of this stack", async (_, changes) => {
    const { DDBStreamBatchInfo } = JSON.parse(EXPIRED);
    await stack.send('unpublished', JSON.stringify({ DDBStreamBatchInfo: { ...DDBStreamBatchInfo, ...changes } }));
    expect((await list()).stdout).toMatch(/^not of this stack: /);
  });

  test('says that an event is too large, which a retry leaves', async () => {
    await putLevel({ timestamp: 'x'.repeat(300_000) });
    await setAside();
    expect((await list()).stdout).toMatch(
      /\n {4}its event has 300\d{3} bytes, and EventBridge takes 262144: fix the item, then retry\n/,
    );
    expect((await retry('--yes')).stdout).toMatch(/\n0 resolved, 1 left\.\n$/);
  });

  test('prints nothing of a message that moves the cursor', async () => {
    await setAside({ problem: 'a\u001b[2Jb', key: { pk: 'USER#\u202e', sk: 'EMAIL' } });
    expect((await list()).stdout).toMatch(/^USER#\uFFFD EMAIL: a\uFFFD\[2Jb\n/);
  });

  test('says which changes another reader has received, with exit status 1', async () => {
    await setAside();
    await stack.hide('unpublished');
    expect(await list()).toEqual({
      status: 1,
      stdout: '1 change cannot be read now: another reader has received them.\n',
      stderr: '',
    });
    expect(await list('--json')).toMatchObject({ status: 1, stdout: '[]\n' });
    await setAside();
    expect(await list()).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/\n1 more cannot be read now: another reader has received them\.\n\nPublish them/),
    });
  });

  test('says that changes may wait in the stream, with exit status 1', async () => {
    stack.intercept(({ action }) =>
      action === 'GetMetricData' ? awsAnswer({ MetricDataResults: [{ Id: 'age', Values: [120_000] }] }) : undefined,
    );
    const waiting =
      'Changes may wait in the stream: changes have waited 2 min in the stream, which keeps them for a day. See events-behind in oncall/RUNBOOK.md.\n';
    expect(await list()).toEqual({ status: 1, stdout: `${waiting}No change was set aside.\n`, stderr: '' });
    expect(await list('--json')).toEqual({ status: 1, stdout: '[]\n', stderr: waiting });
    await setAside();
    expect(await list()).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^Changes may wait [^\n]*\nUSER#jane LEVEL#basic: too large\n/),
    });
  });

  test('says that it could not check the stream, with exit status 1', async () => {
    stack.intercept(({ service }) => (service === 'lambda' ? awsError(403, 'AccessDeniedException', 'not allowed') : undefined));
    const { status, stdout } = await list();
    expect(stdout).toMatch(/^Whether changes wait in the stream could not be checked: \S.*\nNo change was set aside\.\n$/);
    expect(status).toBe(1);
  });

  test('does not run if nothing can be reached, or the stack has no events', async () => {
    stack.intercept(({ service }) => (service === 'lambda' ? awsError(403, 'InvalidClientTokenId', 'no such key') : undefined));
    expect(await list()).toMatchObject({ status: 2, stdout: '' });
    await stack.writeStackFile({ EventBusName: undefined });
    expect(await list()).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('This stack publishes no events. Set changeEvents to true'),
    });
  });

  test.each([
    [100, 70],
    [101, 71],
  ])('holds %i messages for %i seconds', async (count, seconds) => {
    expect(await stack.heldFor(count, () => list())).toEqual([seconds]);
  });
});

describe('events retry', () => {
  test('is a dry run unless --yes: shows what it would not resolve', async () => {
    await putLevel();
    await setAside();
    await stack.send('unpublished', 'nonsense');
    const { status, stdout, stderr } = await retry();
    expect(stdout.split('\n')).toEqual([
      'USER#jane LEVEL#basic: too large',
      `    ${WOULD}`,
      '1 would be resolved. This was a dry run. Add --yes to resolve them.',
      '',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse((await retry('--json')).stdout)).toEqual({ retried: 0, left: 2 });
    expect([stack.calls().includes('PutEvents'), (await stack.bodies('unpublished')).length]).toEqual([false, 2]);
  });

  test('publishes with the current state of the table, and deletes the change', async () => {
    await putLevel({ status: 'rejected' });
    await setAside({ before: LEVEL });
    await setAside({ id: 'change-9', key: { pk: 'USER#jane', sk: 'EMAIL' } });
    await stack.send('unpublished', 'nonsense');
    const { status, stdout } = await retry('--yes');
    expect(stdout.split('\n')).toEqual([
      `not of this stack: ${BY_OTHERS}`,
      '    view it in the SQS console, and delete it if it is not needed',
      '2 resolved, 1 left.',
      '',
    ]);
    expect(status).toBe(1);
    const { status: _, timestamp, as_of } = { ...LEVEL };
    expect(published()).toEqual({
      type: 'verification_rejected',
      source: 'fractal-webhooks',
      detail: {
        version: 1,
        id: 'change-1',
        user_id: 'jane',
        level: 'basic',
        status: 'rejected',
        timestamp,
        as_of,
        previous: { status: 'approved', timestamp, as_of },
      },
    });
    expect(await stack.bodies('unpublished')).toEqual(['nonsense']);
  });

  test('reports in JSON, with exit status 0 if nothing is left', async () => {
    await putLevel();
    await setAside();
    const { status, stdout } = await retry('--yes', '--json');
    expect([status, JSON.parse(stdout)]).toEqual([0, { retried: 1, left: 0 }]);
    expect(await retry('--yes')).toMatchObject({ status: 0, stdout: '0 resolved, 0 left.\n' });
  });

  test('counts changes that another reader has received as left', async () => {
    await setAside();
    await stack.hide('unpublished');
    expect(await retry('--yes')).toMatchObject({ status: 1, stdout: '0 resolved, 1 left.\n' });
    expect(await retry()).toMatchObject({ status: 0 });
  });

  test('keeps a change whose item contradicts the rule, and names the attribute', async () => {
    await putLevel({ status: 'unheard of' });
    await setAside();
    const { status, stdout } = await retry('--yes');
    expect(stdout).toBe(
      'USER#jane LEVEL#basic: too large\n    the status of the item has an unexpected value: fix the item, then retry\n0 resolved, 1 left.\n',
    );
    expect([status, stack.calls().includes('PutEvents')]).toEqual([1, false]);
    expect(await stack.bodies('unpublished')).toHaveLength(1);
    expect((await list()).stdout).not.toContain('Publish them');
  });

  test('keeps a change that EventBridge rejects, and reports the failure', async () => {
    await putLevel();
    await setAside();
    await setAside({ id: 'change-2' });
    let puts = 0;
    stack.intercept(({ action }) =>
      action === 'PutEvents' && ++puts === 2
        ? awsAnswer({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'x' }] })
        : undefined,
    );
    const { status, stdout, stderr } = await retry('--yes');
    expect(stdout).toBe('1 resolved, 1 left.\n');
    expect(stderr).toMatch(/\nerror: EventBridge rejected the event: InternalFailure.*\n$/);
    expect(status).toBe(1);
    expect((await stack.bodies('unpublished')).map((body) => JSON.parse(body).id)).toEqual(['change-2']);
  });

  test('interrupted, publishes no more', async () => {
    const exits = keepRunning();
    await putLevel();
    for (const id of ['a', 'b', 'c']) await setAside({ id });
    let puts = 0;
    stack.intercept(({ action }) => {
      if (action === 'PutEvents' && ++puts === 1) interrupt();
      return undefined;
    });
    const { status, stdout, stderr } = await retry('--yes');
    expect([status, stdout, stderr.includes('error: Interrupted.'), exits, puts]).toEqual([
      1,
      '1 resolved, 2 left.\n',
      true,
      [130],
      1,
    ]);
    expect(await stack.bodies('unpublished')).toHaveLength(2);
  });

  test.each<[string, object, string]>([
    ['a level', { user_id: 'jane', level: 'basic', as_of: 1 }, 'USER#jane LEVEL#basic'],
    ['an address', { user_id: 'jane', as_of: 1 }, 'USER#jane EMAIL'],
    ['a credential', { idos_human_id: 'h', credential_id: 'c', as_of: 1 }, 'HUMAN#h CREDENTIAL#c'],
  ])('finds the item of an event about %s that EventBridge could not deliver', async (_, detail, what) => {
    await undelivered(detail);
    expect((await list()).stdout).toBe(
      `${what}: EventBridge could not use the key of the bus\n    ${BACK}\n\nPublish them: npm run oncall -- events retry --yes --stack-file ${stack.stackFile}\n`,
    );
  });

  test('publishes an undelivered event with the state before it and the current one', async () => {
    const { timestamp } = LEVEL;
    await putLevel({ status: 'rejected', as_of: 2 });
    const previous = { status: 'contacted', timestamp, as_of: 0 };
    await undelivered({ user_id: 'jane', level: 'basic', status: 'approved', timestamp, as_of: 1, previous });
    expect((await retry('--yes')).stdout).toBe('1 resolved, 0 left.\n');
    expect(published()).toMatchObject({
      type: 'verification_rejected',
      detail: { id: 'change-2', user_id: 'jane', level: 'basic', status: 'rejected', as_of: 2, previous },
    });
  });

  test('publishes an undelivered event of a new item as one', async () => {
    await putLevel();
    await undelivered(LEVEL);
    await retry('--yes');
    expect(published()).toMatchObject({ type: 'verification_approved', detail: { id: 'change-2', previous: null } });
  });

  test.each<[string, object]>([
    ['id', { id: 7 }],
    ['user', { user_id: 7 }],
    ['level', { user_id: 'jane', level: 7 }],
    ['human', { idos_human_id: 7 }],
    ['credential', { idos_human_id: 'h', credential_id: 7 }],
    ['previous state', { previous: 'x' }],
  ])('an event with another kind of %s is not of this stack', async (_, detail) => {
    await undelivered({ user_id: 'jane', ...detail });
    expect((await list()).stdout).toMatch(/^not of this stack: /);
  });

  test.each(['id', 'source', 'detail-type'])('an event without %s is not of this stack', async (name) => {
    const event = { id: 'e', source: 's', 'detail-type': 't', detail: { id: 'i', user_id: 'jane', previous: null } };
    await stack.send('unpublished', JSON.stringify({ ...event, [name]: undefined }));
    expect((await list()).stdout).toMatch(/^not of this stack: /);
  });
});

describe('a batch that Lambda has discarded', () => {
  const batch = (...Records: object[]) => ({ DDBStreamBatchInfo: { batchSize: Records.length }, payload: { Records } });

  // AWS's page shows the payload as "<Whole Event>", which may be either.
  test.each([
    ['an object', (payload: object): unknown => payload],
    ['text', (payload: object): unknown => JSON.stringify(payload)],
  ])('is published change by change with the state of the table, with its payload as %s, and then deleted', async (_, as) => {
    await putLevel();
    const { payload, ...others } = batch(record(1), record(2, { OldImage: image('contacted'), NewImage: image('approved') }));
    await stack.discard('a/b', JSON.stringify({ ...others, payload: as(payload) }));
    await discarded('a/b');
    const { stdout } = await list();
    const each = ['USER#jane LEVEL#basic: publish failed on it for a day', `    ${WOULD}`];
    expect(stdout.split('\n').slice(0, 4)).toEqual([...each, ...each]);
    const before = stack.events().length;
    expect((await retry('--yes')).stdout).toMatch(/^2 resolved, 0 left\.\n$/);
    const details = stack
      .events()
      .slice(before)
      .map(({ detail }) => Object(detail));
    expect(details).toMatchObject([
      { id: 'change-1', status: 'approved', previous: null },
      { id: 'change-2', status: 'approved', previous: { status: 'contacted' } },
    ]);
    expect((await list()).status).toBe(0);
    // The object is gone.
    await discarded('a/b');
    expect((await list()).stdout).toBe(
      'the batch a/b: the bucket no longer has it\n    see events-unpublished in oncall/RUNBOOK.md\n',
    );
  });

  test('stays as a whole if one of its items contradicts the rule of the table', async () => {
    await putLevel({ as_of: 'no number' });
    await stack.put({ pk: 'USER#john', sk: 'LEVEL#basic', ...LEVEL, user_id: 'john' });
    const john = { Keys: { pk: { S: 'USER#john' }, sk: { S: 'LEVEL#basic' } } };
    await stack.discard('mixed', JSON.stringify(batch(record(1), record(2, john))));
    await discarded('mixed');
    const before = stack.events().length;
    expect((await retry('--yes')).stdout).toMatch(/\n0 resolved, 2 left\.\n$/);
    expect(stack.events()).toHaveLength(before);
    await putLevel();
    expect((await retry('--yes')).stdout).toBe('2 resolved, 0 left.\n');
  });

  test.each<[string, string]>([
    ['no JSON', 'x'],
    ['no payload', '{}'],
    ['no records', '{"payload":{}}'],
    ['a record of something else', JSON.stringify(batch({ eventID: 'a' }))],
    ['a payload that is no JSON', '{"payload":"x"}'],
  ])('is left to a person if it has %s', async (_, body) => {
    await stack.discard('odd', body);
    await discarded('odd');
    expect((await list()).stdout).toMatch(
      /^the batch odd: it is not an invocation record of Lambda\n {4}view it in the S3 console/,
    );
    expect((await retry('--yes')).stdout).toMatch(/\n0 resolved, 1 left\.\n$/);
  });

  test('is read from the bucket of the stack only', async () => {
    await discarded('a', 'of-strangers');
    expect((await list()).stdout).toMatch(/^not of this stack: /);
  });
});

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { awsError } from '../../../../emulator/aws/request.ts';
import type { ForgetOptions } from '../../../../oncall/forget/forget.ts';
import type { Target } from '../../../../oncall/target.ts';
import { anEnvelope, aParkedEnvelope } from '../../../support/envelopes.ts';
import { interrupt, keepRunning } from '../../../support/interrupt.ts';
import { aVerification } from '../../../support/notifications.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';
import { suggestedIn } from '../../../support/terminal.ts';

const UUID = '14ec6af0-12f8-4bce-a6ab-01ce87fa1812';
const OTHERS = { pk: 'USER#other', sk: 'EMAIL', email: 'other@example.com' };
const stack = useStackInProcess();

const forget = (...args: string[]) => stack.run('forget', ...args);
/** As the command does, on a target that a stack in this process cannot be found as. */
const forgetIn = async (target: Target, options: ForgetOptions): Promise<number> => {
  const { forget } = await import('../../../../oncall/forget/forget.ts');
  return forget(target, 'jane', options);
};
const KEPT =
  'Not deleted: backups of the tables (recoveryDays); its stream (a day); the archive of events (recoveryDays); batches of changes on which publish failed for a day (14 days); the queue of listeners (an hour); logs, which have ids of messages and changes (logRetentionDays); files of dlq drop and export; backups and exports of the tables that you have made; the note of the erasure, with the SHA-256 of the ids; what your consumers keep. Fractal may still send more.';
const NO_HUMAN = 'idOS credentials were not searched. To delete them too, add --human IDOS_HUMAN_ID.';
const change = (pk: string, id = 'i') => JSON.stringify({ v: 1, problem: 'p', id, key: { pk, sk: 'EMAIL' } });
const letter = (user: string, id: string) => anEnvelope(aVerification({ user }), { id });
const keys = async (): Promise<string[]> => (await stack.items()).map(({ pk, sk }) => `${pk} ${sk}`).sort();

const putPerson = async (): Promise<void> => {
  await stack.put({ pk: 'USER#jane', sk: 'LEVEL#basic', as_of: 1 });
  await stack.put({ pk: 'USER#jane', sk: 'EMAIL', email: 'jane.doe@example.com' });
  await stack.put({ pk: 'HUMAN#h1', sk: 'CREDENTIAL#c', as_of: 1 });
  await stack.put(OTHERS);
};

describe('forget', () => {
  test.each([[['']], [[' \t']], [['jane', '--human', '']], [['jane', '--human', ' ']]])('needs an id: %j', async (args) => {
    expect(await forget(...args, '--yes')).toEqual({ status: 2, stdout: '', stderr: 'error: The id is empty.\n' });
  });

  test.each([
    [1_000, 0, []],
    [
      1_001,
      1,
      [
        '1001 messages on the main queue, too many to search: repeat the command when apply has caught up. If it does not, see why: npm run oncall -- doctor',
      ],
    ],
  ])('reads a main queue of at most a thousand messages: %d', async (depth, status, remarks) => {
    await stack.send('queue', letter('jane', 'q1'));
    stack.pretendDepth(depth);
    const forgotten = await forget('jane', '--yes');
    expect(forgotten).toMatchObject({ status, stderr: '' });
    const options = ` --stack-file ${stack.stackFile}`;
    const tooMany = forgotten.stdout.split('\n').filter((line) => line.includes('too many'));
    expect(tooMany).toEqual(remarks.map((remark) => remark + options));
    expect(await stack.bodies('queue')).toHaveLength(status);
    expect(JSON.parse((await forget('jane', '--yes', '--json')).stdout)).toMatchObject({ unread: status === 0 ? 0 : depth });
  });

  test('is a dry run unless --yes: counts what it would delete, and reads no message of the main queue', async () => {
    await putPerson();
    await stack.send('queue', letter('jane', 'q1'));
    await stack.send('dead', letter('jane', 'd1'));
    await stack.send('dead', letter('other', 'd2'));
    for (const id of ['u1', 'u2']) await stack.send('unpublished', change('USER#jane', id));
    const received: string[] = [];
    stack.intercept(({ action, body }) => {
      if (action === 'ReceiveMessage') received.push(JSON.parse(body.toString()).QueueUrl);
      return undefined;
    });
    const { status, stdout, stderr } = await forget('jane');
    expect(stdout.split('\n')).toEqual([
      'Would delete 2 items in the table, 1 dead letter, 2 unpublished changes, and any messages on the main queue, which a dry run does not read.',
      NO_HUMAN,
      'This was a dry run: nothing was deleted. Add --yes to delete.',
      '',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(new Set(received)).toEqual(new Set([stack.urls.dead, stack.urls.unpublished]));
    const json = await forget('jane', '--human', 'h1', '--json');
    expect(JSON.parse(json.stdout)).toEqual({
      dry_run: true,
      items: 3,
      queued: 0,
      unforwarded: 0,
      dead_letters: 1,
      unpublished: 2,
      left: 0,
      hidden: 0,
      unread: 0,
      ids: ['d1', expect.any(String), expect.any(String)],
      perhaps: [],
    });
    expect(json.status).toBe(0);
    expect(await keys()).toEqual(['HUMAN#h1 CREDENTIAL#c', 'USER#jane EMAIL', 'USER#jane LEVEL#basic', 'USER#other EMAIL']);
    const left = await Promise.all((['queue', 'dead', 'unpublished'] as const).map((queue) => stack.bodies(queue)));
    expect(left.map(({ length }) => length)).toEqual([1, 2, 2]);
  });

  test("deletes the person's items and messages, and nobody else's", async () => {
    await putPerson();
    await stack.send('queue', letter('jane', 'q1'));
    await stack.send('queue', letter('other', 'q2'));
    await stack.send('dead', letter('jane', 'd1'));
    await stack.send('dead', aParkedEnvelope('{"user_id":" jane"}', 'x', { id: 'd2' }));
    await stack.send('dead', letter('other', 'd3'));
    const u1 = await stack.send('unpublished', change('USER#jane'));
    await stack.send('unpublished', change('USER#other'));
    const { status, stdout, stderr } = await forget('jane', '--yes');
    expect(stdout.split('\n')).toEqual([
      'Deleted: 2 items in the table, 2 dead letters, 1 message on the main queue.',
      `The ids of the deleted messages, of which no copy was kept: q1 d1 d2 ${u1}`,
      NO_HUMAN,
      '1 unpublished change deleted: notify your consumers of events yourself.',
      KEPT,
      '',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(await keys()).toEqual(['HUMAN#h1 CREDENTIAL#c', 'USER#other EMAIL']);
    for (const queue of ['queue', 'dead', 'unpublished'] as const) {
      const left = await stack.bodies(queue);
      expect([queue, left.length, left.join().includes('other')]).toEqual([queue, 1, true]);
    }
    expect((await forget('jane', '--human', 'h1', '--yes')).stdout).toBe(
      `Deleted: 1 item in the table, 0 dead letters, 0 messages on the main queue.\n${KEPT}\n`,
    );
    expect(await keys()).toEqual(['USER#other EMAIL']);
  });

  test('finds items of other spellings of the id; a message with nothing but an address in them can be of another user', async () => {
    for (const id of [UUID, `{${UUID}}`, UUID.toUpperCase()]) await stack.put({ pk: `USER#${id}`, sk: 'NOTE', note: 'x' });
    await stack.put({ pk: `HUMAN#${UUID}`, sk: 'NOTE' });
    await stack.put({ pk: `USER#${UUID.toUpperCase()}`, sk: 'EMAIL', email: 'jane.doe@example.com' });
    await stack.put({ pk: `USER#${UUID}`, sk: 'EMAIL', email: 7 });
    await stack.put({ pk: `USER#${UUID}`, sk: 'OTHER', email: 'not.hers@example.com' });
    await stack.send('dead', 'to jane.doe@example.com');
    await stack.send('dead', 'to not.hers@example.com');
    expect(JSON.parse((await forget(UUID, '--yes', '--json')).stdout)).toEqual({
      dry_run: false,
      items: 6,
      queued: 0,
      unforwarded: 0,
      dead_letters: 0,
      unpublished: 0,
      left: 0,
      hidden: 0,
      unread: 0,
      ids: [],
      perhaps: [expect.any(String)],
    });
    expect(await keys()).toEqual([`HUMAN#${UUID} NOTE`]);
    expect(await stack.bodies('dead')).toEqual(['to jane.doe@example.com', 'to not.hers@example.com']);
  });

  test('leaves to the user what may be about somebody else, and its suggestions work', async () => {
    await stack.send('queue', anEnvelope('{"extra":"jane"}', { id: 'q1' }));
    for (const id of ['d1', 'd2']) await stack.send('dead', anEnvelope('{"extra":"jane"}', { id }));
    await stack.send('unpublished', '{"extra":"jane"}');
    const { status, stdout, stderr } = await forget('jane', '--human', 'h1', '--yes');
    const options = ` --stack-file ${stack.stackFile}`;
    expect(stdout.split('\n')).toEqual([
      'Deleted: 0 items in the table, 0 dead letters, 0 messages on the main queue.',
      "All that is surely the person's is deleted. The rest is for you to decide; if it is not theirs, nothing is left to do:",
      "2 dead letters can't be read, or may be about someone else, and were not deleted. Decide on each:",
      `  npm run oncall -- dlq show d1${options}`,
      `  npm run oncall -- dlq show d2${options}`,
      `To delete one, with a copy in a file: npm run oncall -- dlq drop --id ID${options}`,
      "1 message on the main queue can't be read, or may be about someone else, and will be applied: q1",
      `Repeat the command when the queue is empty. If it stays long, see why apply does not run: npm run oncall -- doctor${options}`,
      `1 unpublished change can't be read, or may be about someone else. List them: npm run oncall -- events unpublished${options}`,
      KEPT,
      '',
    ]);
    expect([status, stderr]).toEqual([1, '']);
    const [show = [], , drop = [], , list = []] = suggestedIn(stdout);
    expect((await stack.run(...show)).stdout).toContain('"extra": "jane"');
    expect((await stack.run(...drop.map((word) => (word === 'ID' ? 'd1' : word)))).stdout).toMatch(/^1 would be written to/);
    expect((await stack.run(...list)).stdout).toContain('not of this stack');
    const json = JSON.parse((await forget('jane', '--yes', '--json')).stdout);
    expect(json.perhaps).toEqual(['q1', 'd1', 'd2', expect.any(String)]);
    await stack.bodies('queue');
    expect((await forget('jane')).stdout).toMatch(/^Would delete 0 items[^\n]*\n2 dead letters can't be read/);
    expect((await forget('jane')).status).toBe(1);
  });

  test('names the one dead letter that it leaves, and several messages of the other queues', async () => {
    for (const id of ['q1', 'q2']) await stack.send('queue', anEnvelope('{"extra":"jane"}', { id }));
    await stack.send('dead', anEnvelope('{"extra":"jane"}', { id: 'd1' }));
    for (const body of ['{"extra":"jane"}', '{"more":"jane"}']) await stack.send('unpublished', body);
    const { stdout } = await forget('jane', '--yes');
    expect(stdout).toContain(
      "\n1 dead letter can't be read, or may be about someone else, and was not deleted. Decide on each:\n",
    );
    expect(stdout).toMatch(/\n2 messages on the main queue can't be read, .* will be applied: q[12] q[12]\nRepeat the command/);
    expect(stdout).toContain("\n2 unpublished changes can't be read, or may be about someone else. List them:");
  });

  test('costs waiting messages of others none of their attempts, and does not read an empty main queue', async () => {
    await stack.send('queue', letter('other', 'q1'));
    for (let run = 1; run <= 6; run += 1) await forget('jane', '--yes');
    expect([(await stack.bodies('queue')).length, await stack.bodies('dead')]).toEqual([1, []]);
    await stack.reset();
    const received: string[] = [];
    stack.intercept(({ action, body }) => {
      if (action === 'ReceiveMessage') received.push(JSON.parse(body.toString()).QueueUrl);
      return undefined;
    });
    await forget('jane', '--yes');
    expect(received).not.toContain(stack.urls.queue);
    expect(received).toContain(stack.urls.dead);
  });

  test('works on a stack without events, which has no archive', async () => {
    await stack.writeStackFile({ EventBusName: undefined });
    await stack.send('unpublished', change('USER#jane'));
    await stack.put({ pk: 'USER#jane', sk: 'EMAIL', email: 'jane@example.com' });
    const dry = await forget('jane');
    expect(dry.stdout).toMatch(/^Would delete 1 item in the table, 0 dead letters, 0 unpublished changes/);
    expect(dry.status).toBe(0);
    expect((await forget('jane', '--yes')).stdout.split('\n')).toEqual([
      'Deleted: 1 item in the table, 0 dead letters, 0 messages on the main queue.',
      NO_HUMAN,
      KEPT.replace(/its stream .*\(an hour\); /, ''),
      '',
    ]);
    expect(await stack.bodies('unpublished')).toHaveLength(1);
  });

  test('counts messages of each queue that another reader has received, with exit status 1', async () => {
    const IN_FLIGHT = 'in flight could not be read: repeat the command in a few minutes.';
    await stack.send('dead', letter('jane', 'd1'));
    await stack.hide('dead');
    expect(await forget('jane', '--human', 'h')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(`\n1 message ${IN_FLIGHT}\nThis was a dry run`),
    });
    for (const id of ['u1', 'u2']) await stack.send('unpublished', change('USER#jane', id));
    await stack.hide('unpublished');
    expect((await forget('jane', '--human', 'h')).stdout).toContain(`\n3 messages ${IN_FLIGHT}\n`);
    expect(JSON.parse((await forget('jane', '--json')).stdout)).toMatchObject({ dead_letters: 0, unpublished: 0, hidden: 3 });
  });

  describe('while messages are in flight', () => {
    /** Makes the clock show this many milliseconds more after each call that counts the messages of this queue. */
    const steps = (queue: 'queue' | 'dead', ...later: (number | (() => Promise<void>))[]) => {
      const now = Date.now.bind(Date);
      let offset = 0;
      let polls = 0;
      jest.spyOn(Date, 'now').mockImplementation(() => now() + offset);
      const left = [...later];
      stack.intercept(async ({ action, body }) => {
        const input = JSON.parse(body.toString());
        if (action !== 'GetQueueAttributes' || input.QueueUrl !== stack.urls[queue]) return undefined;
        polls += 1;
        // The first two are of the sweep, and for the visibility timeout.
        const step = polls > (queue === 'queue' ? 2 : 1) ? left.shift() : undefined;
        if (typeof step === 'number') offset += step;
        else await step?.();
        return undefined;
      });
      return () => polls;
    };

    test('waits for what apply has received for as long as that may take, and deletes it then', async () => {
      await stack.send('queue', letter('jane', 'q1'));
      const giveBack = await stack.hide('queue');
      steps('queue', 34_000, giveBack);
      const { status, stdout } = await forget('jane', '--human', 'h', '--yes');
      expect(stdout).toMatch(/^Deleted: 0 items in the table, 0 dead letters, 1 message on the main queue\.\n.*q1\nNot deleted/);
      expect(status).toBe(0);
    });

    test('waits for what apply has received no longer than that', async () => {
      await stack.send('queue', letter('jane', 'q1'));
      await stack.hide('queue');
      steps('queue', 36_000, 0, 36_000, 0, 36_000, 0);
      const { status, stdout } = await forget('jane', '--human', 'h', '--yes');
      expect(stdout).toContain('The deletion is incomplete:\n1 message in flight could not be read');
      expect(status).toBe(1);
    });

    test('waits a few seconds for other readers of the dead-letter queue, and reports what they still have', async () => {
      await stack.send('dead', letter('jane', 'd1'));
      await stack.hide('dead');
      const polls = steps('dead', 4_000, 2_000);
      expect((await forget('jane', '--human', 'h', '--yes')).stdout).toContain('\n1 message in flight could not be read');
      // One of each sweep, and those of the wait.
      expect(polls()).toBe(5);
    });
  });

  test('looks again, and deletes what was added in the meantime', async () => {
    await putPerson();
    let deleted = 0;
    stack.intercept(async (call) => {
      if (call.action !== 'DeleteItem' || ++deleted !== 2) return undefined;
      const answer = await stack.forward(call);
      await stack.put({ pk: 'USER#jane', sk: 'LEVEL#late', as_of: 1 });
      return answer;
    });
    const { status, stdout } = await forget('jane', '--yes');
    expect(stdout).toMatch(/^Deleted: 3 items in the table/);
    expect([status, await keys()]).toEqual([0, ['HUMAN#h1 CREDENTIAL#c', 'USER#other EMAIL']]);
  });

  test('looks again if a message came in the meantime', async () => {
    await putPerson();
    let deleted = 0;
    stack.intercept(async ({ action }) => {
      if (action === 'DeleteItem' && ++deleted === 2) await stack.send('dead', letter('jane', 'late'));
      return undefined;
    });
    const { status, stdout } = await forget('jane', '--yes');
    expect(stdout).toMatch(/^Deleted: 2 items in the table, 1 dead letter, .*\nThe ids .*: late\n/);
    expect(status).toBe(0);
    // The search, that for holds, and two last looks.
    expect(stack.calls().filter((action) => action === 'Scan')).toHaveLength(16);
  });

  test('gives up after three looks, and says what is left', async () => {
    await putPerson();
    stack.intercept(async (call) => {
      if (call.action !== 'DeleteItem') return undefined;
      const answer = await stack.forward(call);
      await stack.put({ pk: 'USER#jane', sk: 'LEVEL#again', as_of: 1 });
      return answer;
    });
    const { status, stdout } = await forget('jane', '--human', 'x', '--yes');
    expect(stdout.split('\n')).toEqual([
      'Deleted: 4 items in the table, 0 dead letters, 0 messages on the main queue.',
      'The deletion is incomplete:',
      'It did not finish: repeat the command.',
      '1 item left in the table, or added since: repeat the command.',
      KEPT,
      '',
    ]);
    expect(status).toBe(1);
    expect(JSON.parse((await forget('jane', '--yes', '--json')).stdout)).toMatchObject({ items: 3, left: 1 });
  });

  test('reports what it deleted before a failure, and what is left', async () => {
    await putPerson();
    await stack.send('dead', letter('jane', 'd1'));
    stack.intercept(({ action }) => (action === 'DeleteItem' ? awsError(400, 'AccessDeniedException', 'no') : undefined));
    const { status, stdout, stderr } = await forget('jane', '--yes');
    expect(stdout).toMatch(
      /^Deleted: 0 items in the table, 1 dead letter, .*\nThe ids .*: d1\nThe deletion is incomplete:\nIt did not finish: repeat the command\.\n2 items left in the table, or added since: repeat the command\.\n/,
    );
    expect(stderr).toMatch(/^error: \S.*\n$/);
    expect(status).toBe(1);
    // And the lock, until the erasure has finished.
    expect(await keys()).toHaveLength(5);
  });

  test('interrupted, finishes the current step, and reports what it deleted', async () => {
    const exits = keepRunning();
    await putPerson();
    for (const id of ['d1', 'd2', 'd3']) await stack.send('dead', letter('jane', id));
    let printed = '';
    let deleted = 0;
    stack.intercept(({ action }) => {
      if (action === 'DeleteMessage' && ++deleted === 2) printed = interrupt();
      return undefined;
    });
    const { status, stdout, stderr } = await forget('jane', '--yes');
    expect(printed).toBe('Stopping as soon as the current step is done. Interrupt again to stop now.\n');
    expect(stdout).toMatch(/^Deleted: 0 items in the table, 2 dead letters, .*\nThe ids .*: d1 d2\n/);
    expect([status, stderr, exits]).toEqual([1, 'error: Interrupted.\n', [130]]);
    expect([await stack.bodies('dead'), (await keys()).length]).toEqual([[letterBody('d3')], 5]);
  });

  const letterBody = (id: string) => expect.stringContaining(`"id":"${id}"`);

  test('interrupted while it receives messages, receives no more', async () => {
    keepRunning();
    for (let count = 0; count < 200; count += 1) await stack.send('dead', 'of nobody');
    let receives = 0;
    stack.intercept(({ action }) => {
      if (action === 'ReceiveMessage' && ++receives === 1) interrupt();
      return undefined;
    });
    expect(await forget('jane', '--yes')).toMatchObject({ status: 1, stderr: 'error: Interrupted.\n' });
    expect([receives <= 8, stack.depthOf('dead')]).toEqual([true, expect.objectContaining({ visible: 200, hidden: 0 })]);
  });

  test('interrupted while it waits, deletes nothing more', async () => {
    keepRunning();
    await putPerson();
    await stack.send('dead', 'of nobody');
    await stack.hide('dead');
    let polls = 0;
    stack.intercept(({ action, body }) => {
      const { QueueUrl } = JSON.parse(body.toString());
      if (action === 'GetQueueAttributes' && QueueUrl === stack.urls.dead && ++polls === 2) interrupt();
      return undefined;
    });
    expect(await forget('jane', '--yes')).toMatchObject({ status: 1, stderr: 'error: Interrupted.\n' });
    expect(await keys()).toHaveLength(5);
  });

  test('looks again on AWS only after an invocation of apply has ended, and SQS counts it', async () => {
    const { lookAgainAfterMs } = await import('../../../../oncall/forget/forget.ts');
    expect([lookAgainAfterMs({ lagMs: 60_000 }), lookAgainAfterMs({ lagMs: 1 }), lookAgainAfterMs({ lagMs: 0 })]).toEqual([
      70_000, 10_001, 0,
    ]);
  });

  describe('in a terminal', () => {
    const shown: string[] = [];
    const { isTTY } = process.stderr;
    let stopAt: string | undefined;
    const error = console.error;
    beforeEach(() => {
      shown.length = 0;
      stopAt = undefined;
      Object.assign(process.stderr, { isTTY: true });
      jest.spyOn(console, 'log').mockImplementation(() => {});
      jest.spyOn(console, 'error').mockImplementation((text: string) => {
        shown.push(text);
        if (stopAt !== undefined && text.includes(stopAt)) interrupt();
      });
    });
    afterEach(() => {
      Object.assign(process.stderr, { isTTY });
      console.error = error;
    });
    const options = { human: undefined, yes: true, json: false };

    test('shows what it waits for, and does not wait for a last look where nothing lags', async () => {
      expect(await forgetIn(await stack.target(), options)).toBe(0);
      expect(shown).toEqual(['       waiting for messages in flight …']);
    });

    test('interrupted before the last look, is incomplete', async () => {
      keepRunning();
      await putPerson();
      stopAt = 'a last look';
      expect(await forgetIn(await stack.target({ lagMs: 1 }), options)).toBe(1);
      expect(shown).toEqual([
        '       waiting for messages in flight …',
        '       waiting for a last look …',
        'Stopping as soon as the current step is done. Interrupt again to stop now.',
        'error: Interrupted.',
      ]);
      expect(await keys()).toEqual(['HUMAN#h1 CREDENTIAL#c', 'USER#jane HOLD', 'USER#other EMAIL']);
    });
  });

  test('interrupted while it reads the table, deletes nothing', async () => {
    keepRunning();
    await putPerson();
    await stack.send('dead', letter('jane', 'd1'));
    for (let count = 0; count < 20; count += 1) await stack.put({ pk: `USER#${count}`, sk: 'x' });
    let scans = 0;
    stack.intercept((call) => {
      if (call.action !== 'Scan') return undefined;
      if (++scans === 1) interrupt();
      return stack.forward({ ...call, body: Buffer.from(JSON.stringify({ ...JSON.parse(call.body.toString()), Limit: 1 })) });
    });
    expect(await forget('jane', '--yes')).toEqual({ status: 2, stdout: '', stderr: 'error: Interrupted.\n' });
    expect(scans).toBeLessThanOrEqual(8);
    expect(await stack.bodies('dead')).toHaveLength(1);
  });

  test('deletes nothing if it may not read the whole table; a dry run shows what it can see', async () => {
    await putPerson();
    await stack.send('dead', letter('jane', 'd1'));
    stack.intercept(({ action }) => (action === 'Scan' ? awsError(400, 'AccessDeniedException', 'no') : undefined));
    const { status, stdout } = await forget('jane', '--human', 'h1');
    expect(stdout.split('\n')).toEqual([
      'Would delete 3 items in the table, 1 dead letter, 0 unpublished changes, and any messages on the main queue, which a dry run does not read.',
      'Items with other spellings of the id were not searched: that takes the policy Erase.',
      'This was a dry run: nothing was deleted. Add --yes to delete.',
      '',
    ]);
    expect(status).toBe(1);
    expect(await forget('jane', '--yes')).toMatchObject({ status: 2, stdout: '' });
    stack.intercept(({ action }) => (action === 'Scan' ? awsError(400, 'ValidationException', 'other') : undefined));
    expect(await forget('jane')).toMatchObject({ status: 2, stdout: '' });
    stack.intercept(() => undefined);
    expect([(await keys()).length, (await stack.bodies('dead')).length]).toEqual([4, 1]);
  });

  test.each([
    [100, 121],
    [101, 122],
  ])('holds %i messages for %i seconds', async (count, seconds) => {
    expect(await stack.heldFor(count, () => forget('jane'))).toEqual([seconds]);
  });
});

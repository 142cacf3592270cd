import { describe, expect, jest, test } from '@jest/globals';
import { awsError } from '../../../../emulator/aws/request.ts';
import { RELEASE } from '../../../../functions/release.ts';
import { anEnvelope, aParkedEnvelope } from '../../../support/envelopes.ts';
import { interrupt, keepRunning } from '../../../support/interrupt.ts';
import { anEmailChange, aVerification } from '../../../support/notifications.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';
import { linesOf, onTerminal } from '../../../support/terminal.ts';

const HOUR = 3_600_000;
const stack = useStackInProcess();

const expiries = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    JSON.parse((await stack.run('dlq', 'list', '--json')).stdout).map(({ id, expires_at }: Record<string, string>) => [
      id,
      expires_at,
    ]),
  );

describe('dlq list', () => {
  test('reports an empty queue, with exit status 0', async () => {
    expect(await stack.run('dlq', 'list')).toEqual({ status: 0, stdout: 'The dead-letter queue is empty.\n', stderr: '' });
    expect(await stack.run('dlq', 'list', '--json')).toEqual({ status: 0, stdout: '[]\n', stderr: '' });
  });

  test('shows when the first expires, the counts per cause, largest first, and each message, oldest first', async () => {
    const now = Date.now();
    const at = (ms: number) => jest.spyOn(Date, 'now').mockReturnValue(now + ms);
    at(-2 * HOUR);
    const parkedAt = Math.floor((now - 9 * 24 * HOUR) / 1_000) * 1_000 + 900;
    await stack.send('dead', aParkedEnvelope('nonsense', 'not_json', { id: 'parked', receivedAt: parkedAt }));
    at(-50 * HOUR);
    await stack.send('dead', anEnvelope(aVerification({ user: 'jane' }), { id: 'second', receivedAt: now - 3 * HOUR }));
    at(0);
    await stack.send('dead', anEnvelope(aVerification({ user: 'john' }), { id: 'third', receivedAt: now - 2 * HOUR }));
    await stack.send('dead', anEnvelope(anEmailChange('jane'), { id: 'mail', receivedAt: now - HOUR }));
    const { status, stdout, stderr } = await stack.run('dlq', 'list');
    const arrived = (ms: number) => `${new Date(now + ms).toISOString().slice(0, 19)}Z`;
    expect(linesOf(stdout)).toEqual([
      `4 on the dead-letter queue; the first expires ${(await expiries()).second}, in 11 d`,
      '',
      'COUNT CAUSE TYPE IF REDRIVEN NOW OLDEST',
      '2 apply gave up after 5 attempts verification_approved would apply 3 h',
      `1 parked: not_json – still not understood ${now - parkedAt < 9 * 24 * HOUR ? 8 : 9} d`,
      '1 apply gave up after 5 attempts email_changed would apply 1 h',
      '',
      'ID TYPE CONCERNS ARRIVED EXPIRES IF REDRIVEN NOW',
      `parked – – ${new Date(parkedAt).toISOString().slice(0, 19)}Z in 13 d still not understood`,
      `second verification_approved jane basic ${arrived(-3 * HOUR)} in 11 d would apply`,
      `third verification_approved john basic ${arrived(-2 * HOUR)} in 14 d would apply`,
      `mail email_changed jane e-mail ${arrived(-HOUR)} in 14 d would apply`,
      '',
    ]);
    expect([status, stderr]).toEqual([1, '']);
  });

  test('shows as many messages as --limit says, and how to show all', async () => {
    for (const id of ['a1', 'b2', 'c3']) await stack.send('dead', anEnvelope(aVerification(), { id }));
    const { stdout } = await stack.run('dlq', 'list', '--limit', '2');
    expect(stdout).toMatch(/^a1 .*\n^b2 .*\n… and 1 more \(--limit 3 lists all\)\n$/m);
    expect(stdout).not.toMatch(/^c3 /m);
    const all = (await stack.run('dlq', 'list', '--limit', '3')).stdout;
    expect(all).toMatch(/^c3 /m);
    expect(all).not.toContain('more');
  });

  test('counts the causes of one type apart where there is room for the type, and together where there is none', async () => {
    const receivedAt = Date.now() - 1.5 * HOUR;
    await stack.send('dead', anEnvelope(aVerification(), { receivedAt }));
    await stack.send('dead', anEnvelope(anEmailChange(), { receivedAt }));
    const counts = async () =>
      linesOf((await stack.run('dlq', 'list')).stdout)
        .filter((line) => /^\d /.test(line))
        .slice(1);
    expect(await counts()).toHaveLength(2);
    {
      using _ = onTerminal(150);
      expect(await counts()).toHaveLength(2);
    }
    using _ = onTerminal(149);
    expect(await counts()).toEqual(['2 apply gave up after 5 attempts would apply 1 h']);
  });

  test('leaves out on a narrow terminal what dlq show has', async () => {
    const receivedAt = Date.now() - 1.5 * HOUR;
    const [type, key] = [`verification_${'x'.repeat(50)}`, 'y'.repeat(60)];
    await stack.send('dead', aParkedEnvelope(`{"type":"${type}"}`, `unknown_type: ${key}`, { id: 'long', receivedAt }));
    const [, , , wide = '', , , each = ''] = linesOf((await stack.run('dlq', 'list')).stdout);
    expect(wide).toBe(`1 parked: unknown_type: ${key} ${type.slice(0, 40)} still not understood: unknown_type: ${type} 1 h`);
    expect(each).toMatch(new RegExp(`^long ${type.slice(0, 40)} – `));
    using _ = onTerminal(80);
    expect(linesOf((await stack.run('dlq', 'list')).stdout).slice(2)).toEqual([
      'COUNT CAUSE IF REDRIVEN NOW OLDEST',
      `1 ${`parked: unknown_type: ${key}`.slice(0, 42)} still not understood 1 h`,
      '',
      'ID TYPE EXPIRES IF REDRIVEN NOW',
      `long ${type.slice(0, 22)} in 13 d still not understood`,
      '',
    ]);
  });

  test('names messages by an id that a command takes, which shows them', async () => {
    const bad = ['\u001b[31mred', '-dash', 'x'.repeat(65), 'a b', ''].map((id) =>
      JSON.stringify({ v: 1, id, received_at: 1, body: 'x' }),
    );
    const ids = [];
    for (const body of [...bad, 'no envelope']) ids.push(await stack.send('dead', body));
    const good = ['x'.repeat(64), 'a-b_1', 'Z'];
    for (const id of good) await stack.send('dead', anEnvelope('x', { id }));
    const { stdout } = await stack.run('dlq', 'list');
    const named = linesOf(stdout.slice(stdout.indexOf('\nID ')))
      .slice(2, -1)
      .map((line) => line.split(' ')[0] as string);
    expect(named.sort()).toEqual([...ids, ...good].sort());
    for (const id of named) expect((await stack.run('dlq', 'show', id)).status).toBe(0);
  });

  test('prints no character of a type that moves the cursor', async () => {
    await stack.send('dead', anEnvelope('{"type":"a\\u001bb"}'));
    expect((await stack.run('dlq', 'list')).stdout).toContain('a\uFFFDb');
  });

  test('masks addresses in JSON, unless --reveal', async () => {
    await stack.send('dead', anEnvelope(anEmailChange('jane', 'jane@example.com')));
    const email = async (...args: string[]) =>
      JSON.parse((await stack.run('dlq', 'list', '--json', ...args)).stdout)[0].states.email;
    expect([await email(), await email('--reveal')]).toEqual(['j…@example.com', 'jane@example.com']);
  });

  test('masks addresses in types and causes, which anybody can make up', async () => {
    await stack.send('dead', aParkedEnvelope('{"type":"jane@example.com"}', 'reason john@example.com'));
    for (const json of [[], ['--json']]) {
      const { stdout } = await stack.run('dlq', 'list', ...json);
      expect(stdout.replaceAll('\\u2026', '…')).toMatch(/j…@example\.com.*j…@example\.com/);
      expect(stdout).not.toMatch(/(jane|john)@/);
    }
    expect((await stack.run('dlq', 'list', '--json', '--reveal')).stdout).toMatch(/john@.*jane@|jane@.*john@/);
  });

  test('reports messages that another reader has received, with exit status 1', async () => {
    await stack.send('dead', anEnvelope(aVerification()));
    await stack.hide('dead');
    expect(await stack.run('dlq', 'list')).toEqual({
      status: 1,
      stdout: '1 dead letter cannot be read now: another reader has received them. They become visible again within minutes.\n',
      stderr: '',
    });
    expect(await stack.run('dlq', 'list', '--json')).toMatchObject({ status: 1, stdout: '[]\n' });
    await stack.send('dead', 'visible');
    expect(linesOf((await stack.run('dlq', 'list')).stdout).slice(-3)).toEqual([
      '',
      '1 more cannot be read now: another reader has received them. They become visible again within minutes.',
      '',
    ]);
  });

  test('says why it does not know what redriving would do, if the table cannot be read', async () => {
    await stack.send('dead', anEnvelope(aVerification()));
    stack.intercept(({ action }) => (action === 'BatchGetItem' ? awsError(400, 'AccessDeniedException', 'no') : undefined));
    const { stdout } = await stack.run('dlq', 'list');
    expect(linesOf(stdout)[3]).toBe('1 apply gave up after 5 attempts verification_approved unknown 0 s');
    expect(stdout).toMatch(/\n\nWhat redriving would do is unknown, because the table cannot be read\. .+\n$/);
  });

  test('says that another release is deployed, and what that means', async () => {
    await stack.send('dead', anEnvelope(aVerification()));
    expect((await stack.run('dlq', 'list')).stdout).not.toContain('release');
    await stack.writeStackFile({ Release: '0.9.0+0', NotificationTypes: 'email_changed' });
    const { stdout } = await stack.run('dlq', 'list');
    expect(stdout).toContain('still not understood: the deployed release does not know verification_approved');
    expect(linesOf(stdout).at(-2)).toBe(
      `The stack runs release 0.9.0+0, and this command line is ${RELEASE}: messages that perhaps only this one understands are not redriven. To be sure, use the command line of the deployed release.`,
    );
  });

  test.each([
    [200, 32],
    [201, 33],
  ])('holds %i messages for %i seconds', async (count, seconds) => {
    expect(await stack.heldFor(count, () => stack.run('dlq', 'list'))).toEqual([seconds]);
  });

  test('interrupted while it receives messages, prints none, and leaves none hidden', async () => {
    const exits = keepRunning();
    const ids = Array.from({ length: 200 }, (_, index) => `id${index}`);
    for (const id of ids) await stack.send('dead', anEnvelope('x', { id }));
    let receives = 0;
    stack.intercept(({ action }) => {
      if (action === 'ReceiveMessage' && ++receives === 1) interrupt();
      return undefined;
    });
    expect(await stack.run('dlq', 'list')).toEqual({ status: 2, stdout: '', stderr: 'error: Interrupted.\n' });
    expect([exits, receives <= 8]).toEqual([[130], true]);
    expect(stack.depthOf('dead')).toMatchObject({ visible: 200, hidden: 0 });
  });

  test('makes all messages visible again, none of them twice', async () => {
    for (let count = 0; count < 12; count += 1) await stack.send('dead', anEnvelope(aVerification()));
    for (let run = 0; run < 2; run += 1) await stack.run('dlq', 'list');
    expect(await stack.bodies('dead')).toHaveLength(12);
  });
});

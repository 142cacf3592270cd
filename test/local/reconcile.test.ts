import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { aResult, aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;
let folder: string;
let fractalUrl: string;

beforeAll(async () => {
  stack = await runStack();
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-reconcile-'));
  ({ fractalUrl } = JSON.parse(await readFile(stack.stackFile, 'utf8')));
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

const put = (path: string, body: object) => fetch(`${fractalUrl}${path}`, { method: 'PUT', body: JSON.stringify(body) });
const believes = (user_id: string, level: string, status: string | null) => put('/believes', { user_id, level, status });
const reconcile = (file: string, ...args: string[]) =>
  runCommand(['reconcile', '--file', join(folder, file), ...args, '--stack-file', stack.stackFile]);
const receive = async (user: string, status: 'approved' | 'contacted' | 'rejected', timestamp: string) => {
  await stack.deliver(aVerification({ user, level: 'plus', status, timestamp }));
  await eventually(async () => expect((await stack.item(`USER#${user}`, 'LEVEL#plus'))?.status).toBe(status));
};

describe('reconcile, on the local stack, which plays Fractal,', () => {
  test('finds what no webhook told, heals it, publishes it, and records it', async () => {
    const [same, lost, stricter, looser] = ['same', 'lost', 'stricter', 'looser'].map((name) => `${name}-${randomUUID()}`) as [
      string,
      string,
      string,
      string,
    ];
    await receive(same, 'approved', '2024-05-01T00:00:00Z');
    await receive(stricter, 'approved', '2024-05-01T00:00:00Z');
    await receive(looser, 'rejected', '2024-05-01T00:00:00Z');
    expect(await reconcile('first')).toMatchObject({ status: 0, stdout: '3 the same.\nNothing to heal.\n' });

    // Webhooks that never came.
    await believes(lost, 'plus', 'approved');
    await believes(stricter, 'plus', 'rejected');
    await believes(looser, 'plus', 'approved');
    const first = await reconcile('first');
    expect([first.status, first.stdout]).toEqual([
      1,
      expect.stringMatching(
        /\n1 the same, 1 missing here, 2 different\.\n3 states can be healed, if a second comparison sees the same\. Repeat the command with --yes: npm run oncall -- reconcile --file \S+first --yes --stack-file /,
      ),
    ]);
    expect(first.stdout).toContain(
      `${looser} plus: different; Fractal says approved; the table says rejected, since 2024-05-01T00:00:00Z\n`,
    );
    const healed = await reconcile('first', '--yes');
    expect([healed.status, healed.stderr, healed.stdout]).toEqual([
      0,
      '',
      expect.stringMatching(/\n3 healed\.\nNothing to heal\.\n$/),
    ]);
    expect(await reconcile('first')).toMatchObject({ status: 0, stdout: '4 the same.\nNothing to heal.\n' });

    expect(await stack.item(`USER#${lost}`, 'LEVEL#plus')).toEqual(expect.objectContaining({ status: 'approved', as_of: 0 }));
    expect(await stack.item(`USER#${lost}`, 'LEVEL#plus')).not.toHaveProperty('timestamp');
    expect(await stack.item(`USER#${looser}`, 'LEVEL#plus')).toMatchObject({
      status: 'approved',
      as_of: Date.parse('2024-05-01T00:00:00Z'),
      status_rank: 3.5,
    });
    const run = (...args: string[]) => runCommand([...args, '--stack-file', stack.stackFile]);
    expect(JSON.parse((await run('history', lost, '--json')).stdout)).toMatchObject({
      source: 'reconciled',
      outcome: 'applied',
      as_of: null,
    });
    expect((await run('history', 'verify')).status).toBe(0);
    await eventually(async () => {
      const events = await stack.view<{ 'detail-type': string; detail: { user_id: string } }[]>('events');
      expect(events.filter(({ detail }) => detail.user_id === lost).map((event) => event['detail-type'])).toEqual([
        'verification_approved',
      ]);
    });
    // What is newer than the comparison wins.
    await receive(looser, 'contacted', '2024-05-02T00:00:00Z');
    await receive(lost, 'rejected', '2024-05-01T00:00:00Z');
  });

  test('heals nothing that the first comparison has not seen just so', async () => {
    const [moved, other] = [randomUUID(), randomUUID()];
    await receive(moved, 'rejected', '2024-05-01T00:00:00Z');
    await believes(moved, 'plus', 'approved');
    await believes(other, 'plus', 'approved');
    await reconcile('moved');
    await receive(moved, 'contacted', '2024-05-02T00:00:00Z');
    await believes(moved, 'plus', 'approved');
    await believes(other, 'plus', 'rejected');
    const second = await reconcile('moved', '--yes', '--user', moved);
    expect([second.status, second.stdout]).toEqual([
      1,
      expect.stringMatching(/1 state can be healed, if a second comparison sees the same\. Repeat the command /),
    ]);
    expect((await stack.item(`USER#${moved}`, 'LEVEL#plus'))?.status).toBe('contacted');
    expect(await stack.item(`USER#${other}`, 'LEVEL#plus')).toBeUndefined();
    await believes(moved, 'plus', 'contacted');
    await believes(other, 'plus', null);
  });

  test('leaves to a person what it can not know, and prints JSON', async () => {
    const [pending, here] = [randomUUID(), randomUUID()];
    await believes(pending, 'plus', 'expired');
    await receive(here, 'approved', '2024-05-01T00:00:00Z');
    await believes(here, 'plus', null);
    const { status, stdout } = await reconcile('json', '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(1);
    expect(lines).toContainEqual({
      what: 'unsettled',
      user_id: pending,
      level: 'plus',
      theirs: 'expired',
      ours: null,
      since: null,
      heals: null,
    });
    expect(lines).toContainEqual({
      what: 'only_here',
      user_id: here,
      level: 'plus',
      theirs: null,
      ours: 'approved',
      since: '2024-05-01T00:00:00Z',
      heals: null,
    });
    expect(lines.at(-1)).toMatchObject({ unsettled: 1, only_here: 1, healable: 0, healed: 0, cut: null });
    expect((await reconcile('expired', '--expired-as', 'rejected', '--user', pending)).stdout).toMatch(/1 state can be healed/);
    await believes(pending, 'plus', null);
  });

  test('asks Kraken about each of its users, settles what is contested at once, and heals the others like levels', async () => {
    const [same, contested, lost, stricter, pending, unknown] = Array.from({ length: 6 }, () => randomUUID()) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const status = async (user: string) => (await stack.item(`USER#${user}`, 'LEVEL#kraken'))?.status;
    const result = async (id: string, what: 'approved' | 'rejected', shows = what) => {
      await stack.deliver(aResult(id, what));
      await eventually(async () => expect(await status(id)).toBe(shows));
    };
    await result(same, 'approved');
    await result(stricter, 'approved');
    await result(contested, 'rejected');
    await result(contested, 'approved', 'rejected');
    await eventually(async () =>
      expect(await stack.item(`USER#${contested}`, 'LEVEL#kraken')).toHaveProperty('approval_received_at'),
    );
    await believes(lost, 'kraken', 'rejected');
    await believes(stricter, 'kraken', 'rejected');
    await believes(pending, 'kraken', 'pending');
    const users = join(folder, 'users');
    await writeFile(users, `${lost}\n\n${pending}\r\n${unknown}\n${same}`);

    const run = (...args: string[]) => reconcile('kraken', '--level', 'kraken', ...args);
    expect((await run()).stdout).toMatch(
      new RegExp(
        `^${stricter} kraken: different; Fractal says rejected; the table says approved\n${contested} kraken: contested here, settled there; Fractal says approved; the table says rejected, since \\S+\n1 the same, 1 different, 1 contested here, settled there\\.\n2 states can be healed, `,
      ),
    );
    const first = await run('--users', users, '--yes');
    expect([first.status, first.stdout]).toEqual([
      1,
      expect.stringMatching(
        /\n1 the same, 1 missing here, 1 different, 1 contested here, settled there, 1 pending, expired or unknown there, 1 known neither here nor there\.\n2 healed\.\n1 state can be healed only after two other/,
      ),
    ]);
    expect([await status(contested), await status(stricter), await status(lost)]).toEqual(['approved', 'rejected', undefined]);
    await run('--users', users);
    expect((await run('--users', users, '--yes')).stdout).toContain('\n1 healed.\n');
    expect(await stack.item(`USER#${lost}`, 'LEVEL#kraken')).toEqual(
      expect.objectContaining({ status: 'rejected', decided_why: 'Fractal says rejected', as_of: 0 }),
    );
    expect(await stack.item(`USER#${lost}`, 'LEVEL#kraken')).not.toHaveProperty('timestamp');
    expect((await runCommand(['contested', '--stack-file', stack.stackFile])).status).toBe(0);
    expect((await runCommand(['history', 'verify', '--stack-file', stack.stackFile])).status).toBe(0);
    // An approval that was lost must not lift a rejection that was healed.
    await stack.deliver(aResult(lost));
    await eventually(async () => expect((await runCommand(['contested', '--stack-file', stack.stackFile])).status).toBe(1));
    expect(await status(lost)).toBe('rejected');
    for (const user of [lost, stricter, contested, same, pending]) {
      await believes(user, 'kraken', null);
      await runCommand(['forget', user, '--yes', '--stack-file', stack.stackFile]);
    }
  });

  test('does not bring back who was erased', async () => {
    const user = randomUUID();
    await receive(user, 'approved', '2024-05-01T00:00:00Z');
    await runCommand(['forget', user, '--yes', '--stack-file', stack.stackFile]);
    const { stdout } = await reconcile('erased', '--user', user);
    expect(stdout).toMatch(new RegExp(`^${user} plus: erased here; Fractal says approved\n`));
    expect(stdout).toMatch(/\nNothing to heal\.\n$/);
    await believes(user, 'plus', null);
  });

  test.each([
    ['401', 1, 2, /^error: 127\.0\.0\.1:\d+ answered 401: the client id or the client secret is wrong/],
    ['429', 2, 1, /^$/],
    ['slow', 1, 1, /^$/],
    ['half', 1, 1, /^$/],
    ['invalid', 4, 2, /^error: 127\.0\.0\.1:\d+ answered with what is no JSON, or with half of it, 4 times\. Retry later\.\n$/],
  ] as const)('with the fault %s', async (fault, times, status, stderr) => {
    await put('/fault', { fault, times });
    const answered = await reconcile(`fault-${fault}`);
    expect([answered.status, answered.stderr]).toEqual([status, expect.stringMatching(stderr)]);
    await put('/fault', { fault: null });
  });

  test('heals on AWS only what a comparison has seen 1 to 24 hours before', async () => {
    const user = randomUUID();
    await believes(user, 'plus', 'approved');
    const file = join(folder, 'aged');
    const { findTarget } = await import('../../oncall/find-target.ts');
    const { reconcile: run } = await import('../../oncall/reconcile/reconcile.ts');
    const target = { ...(await findTarget({ stackFile: stack.stackFile })), deployed: true };
    const lines: string[] = [];
    const log = jest.spyOn(console, 'log').mockImplementation((line) => void lines.push(line));
    const compare = async (yes: boolean, hoursAgo?: number) => {
      lines.length = 0;
      if (hoursAgo !== undefined) {
        const kept = JSON.parse(await readFile(file, 'utf8'));
        await writeFile(file, JSON.stringify({ ...kept, compared_at: Date.now() - hoursAgo * 3_600_000 }));
      }
      const hosts = { auth: fractalUrl, resource: fractalUrl };
      const credentials = { classic: { clientId: 'any', clientSecret: 'any' } };
      const status = await run(target, { user, hosts, credentials, rate: 10, file, again: '', yes, json: false });
      return [status, lines.at(-1)];
    };
    const later =
      /^1 state can be healed, if a second comparison sees the same\. Repeat the command between \S+Z and \S+Z with --yes: /;
    expect(await compare(false)).toEqual([1, expect.stringMatching(later)]);
    expect(await compare(true)).toEqual([1, expect.stringMatching(later)]);
    expect(await compare(true, 0.9)).toEqual([1, expect.stringMatching(later)]);
    // Too old: this comparison is kept instead.
    expect(await compare(true, 25)).toEqual([1, expect.stringMatching(later)]);
    expect(await compare(false, 2)).toEqual([
      1,
      expect.stringMatching(/^1 state can be healed, as far as the comparison of \S+Z has seen the same: /),
    ]);
    expect(await compare(true, 2)).toEqual([0, 'Nothing to heal.']);
    log.mockRestore();
    await believes(user, 'plus', null);
  });

  test('needs credentials for another host, and the comparison of the same stack', async () => {
    await writeFile(join(folder, 'foreign'), '{"table":"another","compared_at":1,"heals":[]}');
    expect(await reconcile('foreign')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/is the comparison of another stack\. Choose another file with --file\.\n$/),
    });
    await writeFile(join(folder, 'broken'), 'x');
    expect(await reconcile('broken')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/is no comparison\. Choose another file/),
    });
  });

  test('reads the credentials from the environment, or from the secret of the stack, and says where to enter them', async () => {
    const { readCredentials } = await import('../../oncall/reconcile/credentials.ts');
    const { findTarget } = await import('../../oncall/find-target.ts');
    const { fractalUrl: _, ...target } = await findTarget({ stackFile: stack.stackFile });
    const given = { FRACTAL_CLIENT_ID: 'id', FRACTAL_CLIENT_SECRET: 'secret' };
    expect(await readCredentials(target, given)).toEqual({ classic: { clientId: 'id', clientSecret: 'secret' } });
    await expect(readCredentials(target, { KRAKEN_CLIENT_ID: 'team' })).rejects.toThrow(
      /^KRAKEN_PRIVATE_KEY is not set, but KRAKEN_CLIENT_ID is\. Set both, or neither\.$/,
    );
    await expect(readCredentials(target, {})).rejects.toThrow(
      /^Set FRACTAL_CLIENT_ID and FRACTAL_CLIENT_SECRET .* set reconcile to true in infra\/installations\.ts/,
    );
    const apiSecretId = stack.outputs.SecretId as string;
    await expect(readCredentials({ ...target, apiSecretId }, {})).rejects.toThrow(
      /has no credentials yet\. Enter them as .*: aws secretsmanager put-secret-value --secret-id \S+ --secret-string file:\/\/FILE --endpoint-url/,
    );
    await stack.putSecret('{"client_id":"a","client_secret":"b"}');
    expect(await readCredentials({ ...target, apiSecretId }, {})).toEqual({
      classic: { clientId: 'a', clientSecret: 'b' },
    });
  });
});

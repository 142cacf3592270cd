import { describe, expect, jest, test } from '@jest/globals';
import { awsError } from '../../../../emulator/aws/request.ts';
import { anEnvelope, aParkedEnvelope } from '../../../support/envelopes.ts';
import { anEmailChange, aVerification } from '../../../support/notifications.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';
import { suggestedIn } from '../../../support/terminal.ts';

const HOUR = 3_600_000;
const stack = useStackInProcess();

const TIMES = { timestamp: '2024-05-06T07:08:09Z', as_of: Date.parse('2024-05-06T07:08:09Z') };
const factsOf = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    stdout
      .slice(0, stdout.indexOf('\n\n'))
      .split('\n')
      .map((line) => [line.slice(0, 17).trimEnd(), line.slice(17)]),
  );
const sectionsOf = (stdout: string): string[] => stdout.trimEnd().split('\n\n').slice(1);

describe('dlq show', () => {
  test('shows a message, its body, the item that it concerns, and what the item would become', async () => {
    const now = Date.now();
    const sentAt = now - 25 * HOUR;
    jest.spyOn(Date, 'now').mockReturnValue(sentAt);
    const body = aVerification({ user: 'jane', status: 'rejected', timestamp: TIMES.timestamp });
    const messageId = await stack.send('dead', anEnvelope(body, { id: 'one', receivedAt: now - 3 * HOUR }));
    jest.spyOn(Date, 'now').mockReturnValue(now);
    await stack.put({ pk: 'USER#jane', sk: 'LEVEL#basic', as_of: 1 });
    const { status, stdout, stderr } = await stack.run('dlq', 'show', 'one');
    const at = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
    expect(factsOf(stdout)).toEqual({
      id: 'one',
      'SQS message': messageId,
      type: 'verification_rejected',
      cause: 'apply gave up after 5 attempts',
      arrived: `${at(now - 3 * HOUR)}, 3 h ago`,
      expires: `${at(sentAt + 14 * 24 * HOUR)}, in 12 d`,
      'if redriven now': 'would apply',
    });
    expect(sectionsOf(stdout)).toEqual([
      `The body, indented:\n${JSON.stringify(JSON.parse(body), undefined, 2)}`,
      expect.stringMatching(/^The item USER#jane \/ LEVEL#basic:\n\{\n {2}"/),
      `It would become:\n${JSON.stringify({ user_id: 'jane', level: 'basic', status: 'rejected', status_rank: 3, ...TIMES }, undefined, 2)}`,
      `Query for CloudWatch Logs Insights, on the logs of ingest and apply, named by\nnpm run oncall -- where --stack-file ${stack.stackFile}\nfields @timestamp, @log, @message | filter @message like "one" | sort @timestamp asc`,
    ]);
    expect(JSON.parse(sectionsOf(stdout)[1]?.split(':\n')[1] ?? '')).toEqual({ pk: 'USER#jane', sk: 'LEVEL#basic', as_of: 1 });
    expect([status, stderr]).toEqual([0, '']);
    expect((await stack.run('dlq', 'show', messageId)).stdout).toBe(stdout);
    expect(await stack.bodies('dead')).toHaveLength(1);
  });

  test('says that the item does not exist yet', async () => {
    await stack.send('dead', anEnvelope(aVerification({ user: 'jane' }), { id: 'one' }));
    const { stdout } = await stack.run('dlq', 'show', 'one');
    expect(sectionsOf(stdout)[1]).toBe('The item USER#jane / LEVEL#basic:\ndoes not exist yet');
    expect(sectionsOf(stdout)).toHaveLength(4);
    expect(JSON.parse((await stack.run('dlq', 'show', 'one', '--json')).stdout).item).toBeNull();
  });

  test('does not show what the item would become if it would not change', async () => {
    await stack.put({ pk: 'USER#jane', sk: 'LEVEL#basic', as_of: 9e12, status_rank: 1 });
    await stack.send('dead', anEnvelope(aVerification({ user: 'jane' }), { id: 'one' }));
    const { stdout } = await stack.run('dlq', 'show', 'one');
    expect(factsOf(stdout)['if redriven now']).toBe('stale');
    expect(sectionsOf(stdout)).toHaveLength(3);
  });

  test('shows a message without the item while the table cannot be read', async () => {
    await stack.send('dead', anEnvelope(aVerification({ user: 'jane' }), { id: 'one' }));
    stack.intercept(({ service }) => (service === 'dynamodb' ? awsError(400, 'AccessDeniedException', 'no') : undefined));
    const { status, stdout } = await stack.run('dlq', 'show', 'one');
    expect(sectionsOf(stdout)[1]).toBe('The item USER#jane / LEVEL#basic:\ncannot be read now');
    expect(status).toBe(0);
    expect(JSON.parse((await stack.run('dlq', 'show', 'one', '--json')).stdout)).toMatchObject({
      if_redriven: 'unknown',
      item: null,
    });
  });

  test('shows no item for a message that is not understood, and why it is not', async () => {
    await stack.send('dead', aParkedEnvelope('not JSON', 'not_json', { id: 'one' }));
    const { stdout } = await stack.run('dlq', 'show', 'one');
    expect(factsOf(stdout)).toMatchObject({
      type: 'unknown',
      cause: 'parked: not_json',
      'if redriven now': 'still not understood',
    });
    expect(sectionsOf(stdout)).toEqual(['The body, as received:\nnot JSON', expect.stringMatching(/^Query for/)]);
  });

  test('shows bytes that are no text in hex, 32 a line', async () => {
    await stack.send('dead', aParkedEnvelope(Buffer.alloc(33, 0xff), 'not_utf8', { id: 'one' }));
    const { stdout } = await stack.run('dlq', 'show', 'one');
    expect(sectionsOf(stdout)[0]).toBe(`The body, in hex:\n${'ff'.repeat(32)}\nff`);
    expect(JSON.parse((await stack.run('dlq', 'show', 'one', '--json')).stdout).body).toBe('ff'.repeat(33));
  });

  test('shows a message that is no envelope as it is', async () => {
    const id = await stack.send('dead', 'somebody else');
    const { stdout } = await stack.run('dlq', 'show', id);
    expect(factsOf(stdout)).toMatchObject({ id, cause: 'not from this receiver' });
    expect(sectionsOf(stdout)[0]).toBe('The body, as received:\nsomebody else');
  });

  test('masks addresses everywhere, unless --reveal', async () => {
    await stack.put({ pk: 'USER#jane', sk: 'EMAIL', email: 'old.name@example.com' });
    await stack.send('dead', anEnvelope(anEmailChange('jane', 'new.name@example.com'), { id: 'one', receivedAt: 1_000 }));
    for (const json of [[], ['--json']]) {
      const { stdout } = await stack.run('dlq', 'show', 'one', ...json);
      expect([stdout.includes('new.name'), stdout.includes('old.name')]).toEqual([false, false]);
      const revealed = (await stack.run('dlq', 'show', 'one', '--reveal', ...json)).stdout;
      expect([revealed.includes('new.name@example.com'), revealed.includes('old.name@example.com')]).toEqual([true, true]);
    }
    expect(JSON.parse((await stack.run('dlq', 'show', 'one', '--json')).stdout)).toMatchObject({
      id: 'one',
      if_redriven: 'would_apply',
      states: { user_id: 'jane', email: 'n…@example.com', as_of: 1_000 },
      body: anEmailChange('jane', 'n…@example.com'),
      item: { pk: 'USER#jane', sk: 'EMAIL', email: 'o…@example.com' },
    });
  });

  test('prints no character that moves the cursor, but the line breaks', async () => {
    await stack.send('dead', aParkedEnvelope('a\u001b[2Jb\n\u202ec', 'not_json', { id: 'one' }));
    expect(sectionsOf((await stack.run('dlq', 'show', 'one')).stdout)[0]).toBe('The body, as received:\na\uFFFD[2Jb\n\uFFFDc');
  });

  test('without such a message suggests to list them, and says which could not be read', async () => {
    await stack.send('dead', anEnvelope(aVerification(), { id: 'one' }));
    const missing = await stack.run('dlq', 'show', 'other');
    expect(missing).toMatchObject({ status: 2, stdout: '' });
    expect(missing.stderr).toMatch(
      /^error: There is no message other on the dead-letter queue\. List the messages with: npm run oncall -- dlq list --stack-file \S+\n$/,
    );
    const [list = []] = suggestedIn(missing.stderr);
    expect((await stack.run(...list)).stdout).toContain('\none ');
    await stack.hide('dead');
    expect((await stack.run('dlq', 'show', 'one')).stderr).toMatch(
      /stack\.json\n1 more cannot be read now: another reader .*\n$/,
    );
  });
});

import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MetricName } from '../../emulator/cloudwatch/metrics.ts';
import { runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { anEmailChange, aVerification, bytesOf, DOCUMENTED, signed } from '../support/notifications.ts';
import { runReleaseCheck } from '../support/release-check.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';
import { linesWithSecrets } from '../support/secrets-in-logs.ts';

// Made up, in the form of what Fractal's OAuth server issues.
const CLIENT_SECRET = 'made-up_0123456789abcdefghijklmnopqrstuvwxy';
const SECRET = JSON.stringify({
  '*': DOCUMENTED.token,
  email_changed: 'token-of-email-changed',
  credential_shared: CLIENT_SECRET,
});
const FORMER = ['former-one', '{"*":"former-two","email_changed":"former-own"}'];

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack({ installation: { logLevel: 'WARN' } });
  for (const value of [...FORMER, SECRET]) await stack.putSecret(value);
  // Ingest reads the new value.
  await eventually(async () => expect((await stack.deliver(anEmailChange(), 'token-of-email-changed')).status).toBe(202));
});

afterAll(() => stack.stop());

interface Line {
  readonly cause: string;
}

const refusalsIn = (log: string): Line[] =>
  log.split('\n').flatMap((line) => (line.includes('"signature_mismatch"') ? [JSON.parse(line)] : []));

/** Posts a delivery that is refused. @returns its answer, as text, and its line in the log */
const refused = async (body: string, signature: string): Promise<{ answer: string; line: Line }> => {
  const before = refusalsIn(await stack.logged()).length;
  const response = await fetch(stack.webhookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-fractal-signature': signature },
    body,
  });
  const { date: _, ...headers } = Object.fromEntries(response.headers);
  const answer = JSON.stringify([response.status, headers, await response.text()]);
  const line = await eventually(async () => {
    const lines = refusalsIn(await stack.logged());
    expect(lines).toHaveLength(before + 1);
    return lines.at(-1) as Line;
  });
  return { answer, line };
};

const bare = (signature: string): string => signature.slice('sha1='.length);
const sha256 = (body: string, token: string): string => createHmac('sha256', token).update(bytesOf(body)).digest('hex');

interface Graph {
  readonly title: string;
  readonly labels: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
}

const change = anEmailChange('user/1', 'john.snow@fractal.id');
const verification = aVerification();
const shared = DOCUMENTED.payloads.credential_shared;
const large = JSON.stringify({ type: 'email_changed', data: { user_id: 'u', email: 'x'.repeat(4_096) } });
const indented = JSON.stringify(JSON.parse(change), undefined, 2);

const CASES: readonly (readonly [name: string, body: string, signature: string, line: object, shown: string])[] = [
  [
    "another type's token",
    verification,
    signed(verification, 'token-of-email-changed'),
    { cause: 'other_type', entry: 'email_changed', type: 'verification_approved' },
    'signed with the token of email_changed instead of that of verification_approved',
  ],
  [
    'the common token, although the type has its own',
    change,
    signed(change),
    { cause: 'other_type', entry: '*', type: 'email_changed' },
    'signed with the token of all other types instead of that of email_changed',
  ],
  [
    'the token of the previous version',
    change,
    signed(change, 'former-own'),
    { cause: 'former_token', entry: 'email_changed', type: 'email_changed' },
    'signed with a former token, which the secret no longer has for email_changed',
  ],
  [
    'the token of a version without a staging label',
    verification,
    signed(verification, 'former-one'),
    { cause: 'former_token', entry: '*', type: 'verification_approved' },
    'signed with a former token, which the secret no longer has for all other types',
  ],
  [
    'SHA-256',
    verification,
    `sha256=${sha256(verification, DOCUMENTED.token)}`,
    { cause: 'sha256', entry: '*' },
    'signed with a token of all other types, but with SHA-256',
  ],
  [
    'no prefix',
    verification,
    bare(signed(verification)),
    { cause: 'no_prefix', entry: '*' },
    'signed with a token of all other types, but without the prefix sha1=',
  ],
  [
    'no prefix, and a former token',
    verification,
    bare(signed(verification, 'former-two')),
    { cause: 'no_prefix', entry: '*' },
    'signed with a token of all other types, but without the prefix sha1=',
  ],
  [
    'upper case',
    verification,
    signed(verification).toUpperCase(),
    { cause: 'upper_case', entry: '*' },
    'signed with a token of all other types, but in upper case',
  ],
  [
    'a body that was written anew',
    change,
    signed(indented, 'token-of-email-changed'),
    { cause: 'changed_body', entry: 'email_changed', type: 'email_changed' },
    'signed with a token of email_changed before the body was changed',
  ],
  [
    'a client secret in place of the token',
    shared,
    signed(shared, 'any'),
    { cause: 'client_secret', entry: 'credential_shared', type: 'none' },
    'compared with a token of credential_shared that has the form of an OAuth client secret, not of a webhook token',
  ],
  [
    'nothing known',
    verification,
    signed(verification, 'stranger'),
    { cause: 'unknown', entry: 'none', type: 'verification_approved' },
    'signed with no token that the secret has or had (claimed type: verification_approved)',
  ],
  ['no signature at all', verification, 'sha1=0', { cause: 'unknown' }, 'signed with no token that the secret has or had'],
  ['a body over 4 KiB', large, signed(large, 'former-one'), { cause: 'not_examined' }, 'not examined'],
];

describe('a refused delivery', () => {
  const answers = new Set<string>();

  test.each(CASES)('is logged and shown with its cause: %s', async (_, body, signature, line, shown) => {
    // One a second is examined: without a pause it is another that is not.
    const { answer, line: logged } = await eventually(async () => {
      const one = await refused(body, signature);
      if (one.line.cause !== (line as Line).cause) await wait(200);
      expect(one.line).toMatchObject(line);
      return one;
    });
    expect(Object.keys(logged).sort()).toEqual(
      ['apiRequestId', 'cause', 'entry', 'error', 'level', 'message', 'requestId', 'timestamp', 'type'].sort(),
    );
    answers.add(answer);
    await eventually(async () => expect(stack.output()).toContain(`401  signature_mismatch  ${shown}`));
  });

  test('gets the same answer, whatever its cause is', () => {
    expect([...answers]).toEqual([
      expect.stringMatching(/^\[401,\{.*"content-type":"application\/json".*\},"\{\\"error\\":\\"signature_mismatch\\"\}"\]$/),
    ]);
  });

  test('leaves no token, signature, body or address in the log', async () => {
    const log = await stack.logged();
    expect(linesWithSecrets(log)).toEqual([]);
    for (const secret of [CLIENT_SECRET, 'former-', 'token-of-', 'stranger', 'user/1', bare(signed(verification))])
      expect(log).not.toContain(secret);
  });

  test('is counted by cause, entry and type', async () => {
    const wanted = { Cause: 'other_type', Entry: 'email_changed', Type: 'verification_approved' };
    await eventually(async () => {
      const metrics = await stack.view<MetricName[]>('metrics');
      const causes = metrics.filter(({ name }) => name === 'Cause');
      expect(causes).toContainEqual({ namespace: 'FractalWebhooks', name: 'Cause', dimensions: wanted });
      expect(new Set(causes.map(({ dimensions }) => dimensions?.Cause)).size).toBe(9);
    });
  });

  test('is shown in the console with its cause', async () => {
    const { body } = await fetch(`${stack.consoleUrl}/live`);
    const missing = new Set(CASES.map(([, , , , cause]) => `401 signature_mismatch ${cause}`));
    let shown = '';
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      shown += Buffer.from(chunk).toString();
      for (const cause of missing) if (shown.includes(cause)) missing.delete(cause);
      if (missing.size === 0 || shown.includes('"deliveries":[]')) break;
    }
    expect([...missing]).toEqual([]);
  });

  test("is not counted as the release check's own, which expects a refusal while there is no token", async () => {
    const empty = await runStack({ tokens: '{"email_changed":"token"}' });
    expect(await runReleaseCheck(empty)).toMatchObject({ Status: 'SUCCESS' });
    await empty.post(verification, {});
    await eventually(async () => {
      expect(refusalsIn(await empty.logged())).toMatchObject([{ apiRequestId: 'release-check' }]);
      const names = (await empty.view<MetricName[]>('metrics')).map(({ name }) => name);
      expect(names).toContain('Unsigned');
      expect(names.filter((name) => name === 'Mismatched' || name === 'Cause')).toEqual([]);
    });
    await empty.stop();
  });

  test('gets its answer when former versions of the secret cannot be read, and is not examined', async () => {
    const other = await runStack({ tokens: 'token' });
    await other.deliver(verification, 'token');
    await other.setFaults([{ service: 'secretsmanager', action: 'ListSecretVersionIds', fault: 'hang' }]);
    const body = aVerification();
    const { status, answer } = await other.post(body, { 'x-fractal-signature': signed(body, 'stranger') });
    expect([status, answer]).toEqual([401, { error: 'signature_mismatch' }]);
    await eventually(async () =>
      expect(refusalsIn(await other.logged())).toMatchObject([
        { cause: 'not_examined', problem: 'out of time waiting for Secrets Manager' },
      ]),
    );
    await other.stop();
  });
});

test("the dashboard shows Fractal's accepted deliveries without the product's own", async () => {
  const other = await runStack({ installation: { logLevel: 'WARN' } });
  expect((await runCommand(['send', 'verification_approved', '--stack-file', other.stackFile])).status).toBe(0);
  await other.deliver(aVerification());
  await other.deliver('parked');
  await eventually(async () => {
    const graphs = (await (await fetch(`${other.consoleUrl}/graphs`)).json()) as Graph[];
    const { labels, values } = graphs.find(({ title }) => title === 'Received') as Graph;
    const sums = values.map((series) => series.reduce<number>((sum, value) => sum + (value ?? 0), 0));
    expect(Object.fromEntries(labels.map((label, index) => [label, sums[index]]))).toEqual({
      requests: 3,
      'accepted or parked, from Fractal': 2,
      parked: 1,
      'invalid signature': 0,
      unsigned: 0,
      'throttled (429)': 0,
      '5xx': 0,
    });
  });
  await other.stop();
});

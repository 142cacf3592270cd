import '../../support/as-npm.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { awsAnswer } from '../../../emulator/aws/request.ts';
import { parseJson } from '../../../functions/core/json.ts';
import type { SignaturesOptions } from '../../../oncall/doctor/signatures.ts';
import { startAwsWith } from '../../support/aws-with.ts';
import { instantWaits } from '../../support/instant-waits.ts';
import { createAlarmed } from '../../support/local-alarms.ts';
import { startTokens } from '../../support/tokens-command.ts';

const HOUR_MS = 3_600_000;

const clock = instantWaits();
const { checkSignatures } = await import('../../../oncall/doctor/signatures.ts');

let metrics: ReturnType<typeof createAlarmed>;
let aws: Awaited<ReturnType<typeof startAwsWith>>;
let tokens: Awaited<ReturnType<typeof startTokens>>;

beforeAll(async () => {
  tokens = await startTokens();
});

afterAll(() => tokens.stop());

beforeEach(async () => {
  metrics = createAlarmed('arn:topic');
  aws = await startAwsWith({ cloudwatch: metrics.serve });
});

afterEach(() => aws.stop());

const put = (name: string, value: number, dimensions: Record<string, string> = {}): void =>
  metrics.put({ namespace: 'Stack/S', name, dimensions }, value);

const refused = (value: number, Cause: string, Entry: string, Type: string): void => put('Cause', value, { Cause, Entry, Type });

const check = (options: Partial<SignaturesOptions> = {}) =>
  checkSignatures(aws.target, {
    namespace: 'Stack/S',
    isTriggered: true,
    until: clock.now(),
    secretSince: undefined,
    ...options,
  });

const NONE = "in the last hour, none was refused, and none of Fractal's was accepted";
const CLEARS = '. The alarm clears within 15 minutes, and Fractal retries what was refused before';

describe('the finding on signatures', () => {
  test("counts Fractal's deliveries of the last hour, without the product's own", async () => {
    put('Acknowledged', 7);
    clock.pass(1_000);
    expect((await check({ until: clock.now() + HOUR_MS })).says).toBe(NONE + CLEARS);
    put('Acknowledged', 4);
    put('Own', 1);
    clock.pass(90_000);
    put('Acknowledged', 2);
    expect((await check({ isTriggered: false })).says).toBe(
      "in the last hour, none was refused, and 12 of Fractal's were accepted",
    );
    expect((await check({ namespace: 'Other' })).says).toBe(NONE + CLEARS);
  });

  test('never counts less than none: the two counts may be of different minutes', async () => {
    put('Acknowledged', 1);
    put('Own', 3);
    expect((await check()).says).toBe(NONE + CLEARS);
  });

  test('names the causes, the most frequent first, and last what was not examined', async () => {
    put('Acknowledged', 1);
    put('Mismatched', 20);
    refused(9, 'not_examined', 'none', 'none');
    refused(1, 'sha256', 'email_changed', 'email_changed');
    refused(4, 'changed_body', '*', 'none');
    refused(6, 'unknown', 'none', 'email_changed');
    expect(await check({ isTriggered: false })).toEqual({
      check: 'signatures',
      result: 'wrong',
      says: "in the last hour, 1 of Fractal's was accepted, and 20 were refused",
      remedy: [
        '6 of 20 refused are signed with no token that the secret has or had (claimed type: email_changed).',
        "Compare the secret with Fractal's dashboard, and add a token that is missing: npm run oncall -- tokens add email_changed --stack S. If none is missing, somebody is guessing.",
        '4 of 20 refused are signed with a token of all other types before the body was changed.',
        'A proxy in front of the webhook must pass the bytes of the body unchanged.',
        '1 of 20 refused is signed with a token of email_changed, but with SHA-256.',
        'Fractal signs these types with SHA-1: find out what sent them.',
        '9 of 20 refused are not examined. One a second is examined, of at most 4 KiB.',
      ].join(' '),
    });
  });

  test.each([
    ['unknown', 'signed with no token that the secret has or had'],
    ['not_examined', 'not examined'],
  ])('is ok below the threshold of the alarm if strangers may have sent them: %s', async (cause, words) => {
    put('Mismatched', 2);
    refused(2, cause, 'none', 'none');
    expect(await check({ isTriggered: false })).toEqual({
      check: 'signatures',
      result: 'ok',
      says: `in the last hour, none of Fractal's was accepted, and 2 were refused; 2 of 2 refused are ${words}`,
    });
    expect((await check()).result).toBe('wrong');
  });

  test('without a cause yet, refers to the runbook', async () => {
    put('Mismatched', 1);
    expect(await check()).toEqual({
      check: 'signatures',
      result: 'wrong',
      says: "in the last hour, none of Fractal's was accepted, and 1 was refused",
      remedy: 'See wrong-signatures in oncall/RUNBOOK.md.',
    });
  });

  test('counts what came since the secret changed', async () => {
    put('Mismatched', 5);
    refused(5, 'former_token', '*', 'none');
    clock.pass(60_000 - (clock.now() % 60_000));
    const secretSince = clock.now() + 1_500;
    const at = new Date(secretSince).toISOString().replace('.500', '');
    clock.pass(119_999);
    // Until a whole minute has passed since the change took effect.
    const before = await check({ secretSince });
    expect([before.result, before.says]).toEqual([
      'wrong',
      `in the last hour, most of it before the secret changed at ${at}, none of Fractal's was accepted, and 5 were refused`,
    ]);
    clock.pass(1);
    const since = `since the secret changed at ${at}`;
    expect(await check({ secretSince })).toEqual({
      check: 'signatures',
      result: 'ok',
      says: `${since}, none was refused, and none of Fractal's was accepted${CLEARS}`,
    });
    put('Mismatched', 2);
    put('Acknowledged', 3);
    clock.pass(60_000);
    expect((await check({ secretSince })).says).toBe(`${since}, 3 of Fractal's were accepted, and 2 were refused`);
    expect((await check({ secretSince, until: secretSince + HOUR_MS })).says).toContain(since);
    expect((await check({ secretSince, until: secretSince + HOUR_MS + 1 })).says).toContain('in the last hour, ');
  });

  test('adds up the pages of the answer', async () => {
    put('Acknowledged', 3);
    aws.around('cloudwatch', 'GetMetricData', async (serve, nth) => {
      const answer = Object(parseJson((await serve()).body.toString()));
      return awsAnswer(nth === 1 ? { ...answer, NextToken: 'more' } : nth === 2 ? answer : {});
    });
    expect((await check()).says).toContain("6 of Fractal's were accepted");
    expect((await check()).says).toBe(NONE + CLEARS);
    aws.around('cloudwatch', 'GetMetricData', async () => awsAnswer({ MetricDataResults: [{ Id: 'm0' }] }));
    expect((await check()).says).toBe(NONE + CLEARS);
  });

  const PROXY = 'A proxy in front of the webhook changes the header, or another program sent them.';

  test.each<[string, string, string, string]>([
    [
      'other_type',
      '*',
      'email_changed',
      'Add the token of email_changed: npm run oncall -- tokens add email_changed --stack S. If the secret has it already, somebody else signs with the other token.',
    ],
    [
      'former_token',
      '*',
      'none',
      "If Fractal's dashboard still shows that token, add it again: npm run oncall -- tokens add all --stack S.",
    ],
    [
      'former_token',
      'other',
      'none',
      "If Fractal's dashboard still shows that token, add it again: npm run oncall -- tokens add TYPE --stack S.",
    ],
    [
      'client_secret',
      'email_changed',
      'none',
      "Store the webhook's token instead: npm run oncall -- tokens set email_changed --stack S.",
    ],
    ['no_prefix', '*', 'none', PROXY],
    ['upper_case', '*', 'none', PROXY],
  ])('shows the remedy for %s of %s, whose command can be typed', async (cause, entry, type, remedy) => {
    put('Mismatched', 2);
    refused(2, cause, entry, type);
    const { remedy: says = '' } = await check();
    expect(says).toContain('2 of 2 refused are ');
    expect(says.endsWith(`. ${remedy}`)).toBe(true);
    const [line] = /npm run oncall -- tokens \w+ \w+ --stack S/.exec(says) ?? [];
    if (line === undefined) return;
    await tokens.put('{"*":"x"}');
    const { status, stdout } = await tokens.runWith(
      `${line.replace('TYPE', 'credential_shared')}${line.includes(' set ') ? ' --yes' : ''}`,
      await tokens.file('a'.repeat(40)),
    );
    expect([status, stdout]).toEqual([0, expect.stringContaining('Written and read back')]);
  });
});

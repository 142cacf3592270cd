import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CAUSES } from '../../functions/core/refusal.ts';
import { REFUSALS } from '../../oncall/doctor/signature-counts.ts';
import { callCommand } from '../support/command-line.ts';
import { runDoctor } from '../support/doctor.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification, DOCUMENTED, signed } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

const OTHER = 'token-of-email-changed';

let stack: RunningStack;

beforeAll(async () => {
  stack = await runStack({
    installation: { logLevel: 'WARN' },
    tokens: JSON.stringify({ '*': DOCUMENTED.token, email_changed: OTHER }),
  });
});

afterAll(() => stack.stop());

const logged = async (outcome: string) => (await stack.logged()).match(new RegExp(`"${outcome}"`, 'g'))?.length ?? 0;

/** What `doctor` says about the alarm. */
const verdict = async (args: readonly string[] = []): Promise<string> => {
  const { findings } = await runDoctor(stack, args);
  expect(findings).not.toContainEqual(expect.objectContaining({ result: 'unknown' }));
  const found = findings.find(({ check }) => check === 'signatures');
  return `${found?.says} ${found?.remedy}`;
};

const own = () => callCommand(['send', 'verification_approved', '--wait', '--stack-file', stack.stackFile]);

describe("doctor's verdict on invalid signatures", () => {
  test('counts no request of the product itself, and names the cause with its remedy', async () => {
    // The product's own traffic: two commands, a redriven message, and a parked delivery.
    expect((await own()).status).toBe(0);
    expect((await runDoctor(stack)).status).toBe(0);
    expect((await own()).status).toBe(0);
    await callCommand(['send', '--type', 'sixth', '--user', '42', '--stack-file', stack.stackFile]);
    const { Messages = [] } = await stack.sqs.send(new ReceiveMessageCommand({ QueueUrl: stack.deadLetterQueueUrl }));
    await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.queueUrl, MessageBody: Messages[0]?.Body ?? '' }));

    for (let count = 0; count < 8; count += 1) {
      // One a second is examined.
      await eventually(async () => {
        const body = aVerification();
        await stack.deliver(body, OTHER);
        expect(await logged('other_type')).toBeGreaterThan(count);
      });
    }
    await eventually(async () => {
      const says = await verdict();
      // On a busy machine, lines are logged after the answers.
      const [all, examined] = [await logged('signature_mismatch'), await logged('other_type')];
      expect(examined).toBeGreaterThanOrEqual(8);
      expect(says).toContain("none of Fractal's was accepted, and ");
      expect(says).toMatch(
        new RegExp(
          `\\b${examined} of ${all} refused are signed with the token of email_changed instead of that of verification_approved\\.`,
        ),
      );
      expect(says).toContain('Add the token of verification_approved: npm run oncall -- tokens add verification_approved');
      const others = all - examined;
      if (others > 0) expect(says).toContain(`${others} of ${all} refused ${others === 1 ? 'is' : 'are'} not examined.`);
    });
  });

  test('says the same without a delivery of its own', async () => {
    expect(await verdict(['--no-webhook'])).toContain("none of Fractal's was accepted");
  });

  test("counts Fractal's accepted and parked deliveries", async () => {
    await stack.deliver(aVerification());
    await stack.deliver('{"type":"sixth"}');
    // Refusals of the test before may be in the minute in which the secret changed, which is not counted.
    await stack.deliver(aVerification(), OTHER);
    await eventually(async () => expect(await verdict()).toContain("2 of Fractal's were accepted, and "));
  });

  test('shows the remedy of a removed token, for the entry that lacks it', async () => {
    await stack.putSecret(JSON.stringify({ '*': 'the-next', email_changed: OTHER }));
    // Ingest reads the new value.
    await eventually(async () => expect((await stack.deliver(aVerification(), 'the-next')).status).toBe(202));
    await eventually(async () => {
      const body = aVerification();
      await stack.post(body, { 'x-fractal-signature': signed(body) });
      const says = await verdict(['--no-webhook']);
      expect(says).toMatch(
        /\d of \d+ refused (is|are) signed with a former token, which the secret no longer has for all other types\./,
      );
      expect(says).toContain("If Fractal's dashboard still shows that token, add it again: npm run oncall -- tokens add all");
    });
  });
});

describe('the counts of causes', () => {
  test('cover what ingest can log, and fit into one call of GetMetricData', () => {
    expect(new Set(REFUSALS.map(({ cause }) => cause))).toEqual(new Set(CAUSES));
    expect(REFUSALS.length + 3).toBeLessThanOrEqual(500);
    expect(new Set(REFUSALS.map((why) => JSON.stringify(why))).size).toBe(REFUSALS.length);
    for (const why of [
      { cause: 'former_token', entry: 'other', type: 'none' },
      { cause: 'client_secret', entry: '*', type: 'none' },
      { cause: 'changed_body', entry: 'email_changed', type: 'none' },
      { cause: 'unknown', entry: 'none', type: 'none' },
      { cause: 'not_examined', entry: 'none', type: 'none' },
    ])
      expect(REFUSALS).toContainEqual(why);
  });
});

import { randomUUID } from 'node:crypto';
import { ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { mapConcurrent } from '../../../functions/map-concurrent.ts';
import { useDeadLetters } from '../../support/dead-letters.ts';
import { inFull } from '../../support/effort.ts';
import { eventually } from '../../support/eventually.ts';
import { anEmailChange, aVerification } from '../../support/notifications.ts';
import { runStack } from '../../support/running-stack.ts';
import { openWidget, type Page } from '../../support/widget.ts';

const deadLetters = useDeadLetters();
const open = async (parameters?: object): Promise<Page> => (await openWidget(deadLetters.stack)).open(parameters);
const press = (page: Page, label: RegExp): Promise<Page> => {
  const control = page.controls.find((one) => label.test(one.label));
  if (!control) throw new Error(`There is no ${label} in: ${page.text}`);
  return open(control.parameters);
};

describe('the widget', () => {
  test('reports an empty queue', async () => {
    const page = await open();
    expect(page.text).toContain('The dead-letter queue is empty.');
    expect(page.controls.map(({ label }) => label)).toEqual(['Refresh']);
  });

  test('counts messages per cause, and shows expiry, prospect and each message', async () => {
    const user = randomUUID();
    for (let count = 0; count < 3; count += 1) await deadLetters.stack.deliver(`nonsense ${count}`);
    await deadLetters.stack.deliver('{"type":"verification_paused","data":{}}');
    const id = await deadLetters.bury(aVerification({ user, level: 'plus' }));
    const page = await open();
    expect(page.text).toContain('queue: 0 waiting → apply');
    expect(page.text).toContain('Runbook: oncall/RUNBOOK.md#dead-letters');
    expect(page.text).toMatch(/5 dead letters\. The first expires in 13 d, at \d{4}-/);
    expect(page.text).toMatch(
      /3 \| parked: not_json \| – \| still not understood \| deploy a release that understands it, then redrive \| \d+ s/,
    );
    expect(page.text).toContain('1 | parked: unknown_type: verification_paused | verification_paused | still not understood');
    expect(page.text).toMatch(
      /1 \| apply gave up after 5 attempts \| verification_approved \| would apply \| redrive: it is safe to repeat \| \d+ s/,
    );
    expect(page.text).toContain(`${id.slice(0, 24)}`);
    expect(page.text).toContain(`${user} plus`);
    expect(page.controls.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['Redrive the 1 that would apply', 'Refresh', 'Redrive']),
    );
    expect(page.controls.filter(({ label }) => label === 'Redrive')).toHaveLength(1);
    for (const { endpoint } of page.controls) expect(endpoint).toMatch(/^arn:aws:lambda:.*DeadLettersWidget/);
  });

  test('makes all messages visible again', async () => {
    for (let count = 0; count < 12; count += 1) await deadLetters.stack.deliver(`nonsense ${count}`);
    await open();
    await open();
    expect(await deadLetters.listed()).toHaveLength(12);
  });

  test('shows one message and its item, with addresses masked', async () => {
    const user = randomUUID();
    await deadLetters.stack.deliver(aVerification({ user, level: 'plus', timestamp: '2024-05-06T07:08:09Z' }));
    await eventually(async () => expect(await deadLetters.stack.item(`USER#${user}`, 'LEVEL#plus')).toBeDefined());
    const id = await deadLetters.bury(
      aVerification({ user, level: 'plus', status: 'rejected', timestamp: '2024-05-07T07:08:09Z' }),
    );
    const shown = await press(await open(), new RegExp(id.slice(0, 24)));
    expect(shown.text).toContain('if redriven now | would apply');
    expect(shown.text).toContain(`The item USER#${user} LEVEL#plus`);
    expect(shown.text).toMatch(/"status": "approved".*It would become.*"status": "rejected"/s);
    expect(shown.elements.filter(({ name }) => name === 'details')).toHaveLength(3);

    await deadLetters.bury(anEmailChange(user, 'jon@example.com'), { id: 'address' });
    const address = await press(await open(), /^address$/);
    expect(address.text).toContain('j…@example.com');
    expect(address.markup).not.toContain('jon@example.com');
  });

  test('redrives the messages that would apply, and no others', async () => {
    const user = randomUUID();
    await deadLetters.stack.deliver('nonsense');
    for (const level of ['basic', 'plus']) await deadLetters.bury(aVerification({ user, level }));
    const page = await open();
    const button = page.controls.find(({ label }) => label === 'Redrive the 2 that would apply');
    expect(button?.confirmation).toBe('Send 2 messages back to the queue? It is safe to repeat.');
    const after = await press(page, /Redrive the 2/);
    expect(after.text).toMatch(/2 of 2 sent back to the queue\..*1 dead letter\./s);
    await eventually(async () => {
      for (const level of ['basic', 'plus']) expect(await deadLetters.stack.item(`USER#${user}`, `LEVEL#${level}`)).toBeDefined();
    });
    expect((await deadLetters.listed()).map(({ cause }) => cause)).toEqual(['parked: not_json']);
  });

  test('redrives messages of one cause and prospect, and none that would return', async () => {
    const user = randomUUID();
    await deadLetters.bury(aVerification({ user, level: 'basic', timestamp: '2024-05-06T07:08:09Z' }));
    await deadLetters.bury(aVerification({ user, level: 'basic', timestamp: '2024-05-05T07:08:09Z' }));
    await deadLetters.stack.deliver('nonsense');
    const page = await open();
    const stale = page.controls.find(({ label, parameters }) => label === 'Redrive' && parameters.prospect === 'would_record');
    expect((await open(stale?.parameters)).text).toContain('1 of 1 sent back to the queue.');
    expect((await deadLetters.listed()).map(({ if_redriven }) => if_redriven).sort()).toEqual(['not_understood', 'would_apply']);
    expect((await open({ action: 'redrive', prospect: 'not_understood' })).text).toBe('Unknown action.');
  });

  test('redrives the messages of one row, and none of another type', async () => {
    const user = randomUUID();
    await deadLetters.bury(aVerification({ user, level: 'basic' }));
    await deadLetters.bury(aVerification({ user, level: 'plus', status: 'rejected' }));
    await deadLetters.bury(anEmailChange(user));
    const page = await open();
    const rejected = page.controls.find(({ parameters }) => parameters.type === 'verification_rejected');
    expect(rejected?.confirmation).toBe(
      'Send 1 message back to the queue (verification_rejected; apply gave up after 5 attempts; would apply)?',
    );
    expect((await open(rejected?.parameters)).text).toContain('1 of 1 sent back to the queue.');
    expect((await deadLetters.listed()).map(({ type }) => type).sort()).toEqual(['email_changed', 'verification_approved']);
  });

  test('sends nothing unless a button of the widget was clicked, and then shows new buttons', async () => {
    await deadLetters.bury(aVerification({ level: 'basic' }));
    await deadLetters.bury(aVerification({ level: 'plus', status: 'rejected' }));
    const { parameters = {} } = (await open()).controls.find(({ label }) => label === 'Redrive the 2 that would apply') ?? {};
    const { token = '', ...unsigned } = parameters;
    const foreign = [unsigned, { ...unsigned, token: 'any' }, { ...unsigned, token, type: 'verification_rejected' }];
    for (const event of foreign) {
      const refused = await open(event);
      expect(refused.text).toContain('Nothing was sent: the button had expired');
      expect(refused.text).toContain('2 dead letters.');
    }
    expect(await deadLetters.listed()).toHaveLength(2);
    expect((await press(await open(unsigned), /Redrive the 2/)).text).toContain('2 of 2 sent back to the queue.');
  });

  test('masks addresses that are used as ids', async () => {
    await deadLetters.bury(aVerification({ user: 'jane@example.com' }), { id: 'named' });
    const page = await open();
    const shown = await press(page, /^named$/);
    for (const { markup } of [page, shown]) {
      expect(markup).toContain('…@example.com');
      expect(markup).not.toContain('jane@');
    }
  });

  test('reports messages that another reader has received', async () => {
    await deadLetters.stack.deliver('nonsense');
    const QueueUrl = deadLetters.stack.deadLetterQueueUrl;
    await deadLetters.stack.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 60 }));
    expect((await open()).text).toContain('About 1 more message cannot be shown now: another reader has received them.');
  });

  test('has no redrive button while the table cannot be read', async () => {
    await deadLetters.bury(aVerification());
    const page = await open();
    await deadLetters.stack.setFaults([{ service: 'dynamodb', action: 'BatchGetItem', fault: 'denied' }]);
    const blind = await open();
    expect(blind.text).toMatch(/The result of redriving is unknown because the table cannot be read: AccessDeniedException/);
    expect(blind.controls.filter(({ label }) => /Redrive/.test(label))).toEqual([]);
    expect((await press(page, /Redrive the 1/)).text).toContain('The dead letters cannot be shown: the table cannot be read');
    await deadLetters.stack.setFaults([]);
    expect(await deadLetters.listed()).toHaveLength(1);
  });

  test('reports messages that were not sent, and keeps them', async () => {
    await deadLetters.bury(aVerification());
    const page = await open();
    await deadLetters.stack.setFaults([{ service: 'sqs', action: 'SendMessage', fault: 'denied' }]);
    expect((await press(page, /Redrive the 1/)).text).toMatch(
      /0 of 1 sent back.*The others were not sent: AccessDenied.*1 dead letter\./s,
    );
    await deadLetters.stack.setFaults([]);
    expect(await deadLetters.listed()).toHaveLength(1);
  });

  test('reports why the queue cannot be read', async () => {
    await deadLetters.stack.setFaults([{ service: 'sqs', action: 'GetQueueAttributes', fault: 'denied' }]);
    expect((await open()).text).toMatch(/^The dead letters cannot be shown: AccessDenied/);
  });

  test('describes itself to CloudWatch', async () => {
    expect(await (await openWidget(deadLetters.stack)).call({ describe: true })).toMatch(/^## Dead letters\n/);
  });

  (inFull ? test : test.skip)('reports that it shows a part of more than a thousand messages', async () => {
    const batches = Array.from({ length: 115 }, (_, batch) => batch);
    await mapConcurrent(8, batches, async (batch) => {
      const Entries = Array.from({ length: 10 }, (_, index) => ({
        Id: String(index),
        MessageBody: encodeEnvelope({ id: `${batch}-${index}`, receivedAt: Date.now(), bytes: Buffer.from(aVerification()) }),
      }));
      await deadLetters.stack.sqs.send(new SendMessageBatchCommand({ QueueUrl: deadLetters.stack.deadLetterQueueUrl, Entries }));
    });
    const page = await open();
    expect(page.text).toMatch(/About \d+ more are not shown/);
    expect(page.text).toMatch(/1\d\d\d dead letters\./);
    expect(page.text).toContain('more. dlq list of the command line shows all.');
    expect(Buffer.byteLength(page.markup)).toBeLessThan(50_000);
    expect(await deadLetters.stack.deadLetterDepth()).toBe(1_150);
  });
});

(inFull ? test : test.skip)('without the setting, the widget shows everything and has no button that redrives', async () => {
  const stack = await runStack({ installation: { redriveFromDashboard: false } });
  try {
    await stack.deliver('nonsense');
    const { open } = await openWidget(stack);
    expect((await open()).controls.filter(({ label }) => /Redrive/.test(label))).toEqual([]);
    expect((await open({ action: 'redrive', prospect: 'would_apply' })).text).toBe(
      'Redriving from the dashboard is disabled: redriveFromDashboard is false.',
    );
    expect(await stack.deadLetterDepth()).toBe(1);
  } finally {
    await stack.stop();
  }
});

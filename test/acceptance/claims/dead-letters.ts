import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { LEVEL } from '../../../functions/core/facets.ts';
import { eventually } from '../../support/eventually.ts';
import type { Claim } from '../claim.ts';

const RUNBOOK = 'oncall/RUNBOOK.md#dead-letters';

/** What waits for a person, and what the commands do with it. */
export const DEAD_LETTER_CLAIMS: readonly Claim[] = [
  {
    says: 'What is signed and not understood is parked with its reason, and can be exported and dropped',
    source: RUNBOOK,
    show: async ({ post, anId, willPark, command }) => {
      const { status, answer } = await post(JSON.stringify({ type: 'verification_acceptance', data: { user_id: anId() } }));
      assert.deepEqual([status, answer.status, answer.reason], [202, 'parked', 'unknown_type: verification_acceptance']);
      const id = answer.id ?? '';
      willPark(id);
      await eventually(async () => {
        const shown = await command('dlq', 'show', id, '--json');
        assert.equal(shown.status, 0, shown.stderr);
      }, 60_000);
      const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-acceptance-'));
      const dropped = await command('dlq', 'drop', '--id', id, '--export', join(folder, 'dropped.jsonl'), '--yes', '--json');
      await rm(folder, { recursive: true });
      assert.equal(JSON.parse(dropped.stdout).dropped, 1, dropped.stderr);
      return `${answer.reason}; shown, exported and dropped`;
    },
  },
  {
    says: 'A dead letter that apply can handle is applied after a redrive',
    source: RUNBOOK,
    show: async ({ target, anId, willPark, notify, until, command }) => {
      const data = { level: 'redriven', user_id: anId(), timestamp: '2020-01-01T00:00:00Z' };
      const bytes = Buffer.from(JSON.stringify({ type: 'verification_rejected', data }));
      const id = `acceptance-${randomUUID()}`;
      willPark(id);
      const MessageBody = encodeEnvelope({ id, receivedAt: Date.now(), bytes });
      await new SQSClient(target.client).send(new SendMessageCommand({ QueueUrl: target.deadLetterQueueUrl, MessageBody }));
      await eventually(async () => {
        const redriven = await command('dlq', 'redrive', '--id', id, '--yes', '--json');
        assert.equal(redriven.status, 0, redriven.stderr);
        assert.match(redriven.stdout, /"redriven":\s*1/);
      }, 60_000);
      await until(LEVEL.keyOf(data), (item) => item?.status === 'rejected');
      // Its item is removed at the end.
      await notify('verification_rejected', data);
      return 'redriven, and in the table';
    },
  },
  {
    says: "forget deletes a person's items and dead letters, and says what remains",
    source: 'infra/README.md#audits',
    show: async ({ notify, post, anId, until, willPark, command }) => {
      const user_id = anId();
      const { key } = await notify('verification_approved', { level: 'basic', user_id, timestamp: '2020-01-01T00:00:00Z' });
      await until(key, (item) => item !== undefined);
      willPark((await post(JSON.stringify({ type: 'verification_acceptance', data: { user_id } }))).answer.id);
      const { status, stdout, stderr } = await command('forget', user_id, '--yes');
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /^Deleted: 1 item in the table, (0 records in the history, )?1 dead letter/);
      assert.match(stdout, /Not deleted: backups of the table/);
      assert.match((await command('status', user_id)).stdout, /^No items for /);
      return stdout.split('\n')[0] ?? '';
    },
  },
];

import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { parseJson } from '../../../functions/core/json.ts';
import { createMessages } from '../../../functions/queues/messages.ts';
import { withMessages } from '../../../functions/queues/with-messages.ts';
import { eventually } from '../../support/eventually.ts';
import { type Claim, NotHere } from '../claim.ts';
import type { Subject } from '../subject.ts';

const EVENTS = 'docs/events.md';

/** The events about a test user, in the order of their arrival, until there are `count`. */
const eventsAbout = async ({ target, isOwn }: Subject, user_id: string, count: number) => {
  if (!target.events) throw new NotHere('changeEvents is false');
  const sqs = new SQSClient(target.client);
  const QueueUrl = target.events.checkQueueUrl;
  const found: { source: string; detail: Record<string, unknown> }[] = [];
  await eventually(async () => {
    const request = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 1 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    for (const { Body = '', ReceiptHandle } of Messages) {
      const event = Object(parseJson(Body));
      if (event.detail?.user_id === user_id) found.push(event);
      // Others may be of a doctor that runs at the same time.
      if (isOwn(event.detail?.user_id ?? event.detail?.idos_human_id ?? ''))
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    assert.ok(found.length >= count, `after a minute, ${found.length} of ${count} events have arrived`);
  }, 60_000);
  return found;
};

/** What is published about changes. */
export const EVENT_CLAIMS: readonly Claim[] = [
  {
    says: 'Each change is published with the state before, through a rule to a queue, under the source of test users',
    source: EVENTS,
    show: async (subject) => {
      const { notify, anId, until } = subject;
      const data = { level: 'basic', user_id: anId() };
      const { key } = await notify('verification_approved', { ...data, timestamp: '2020-01-01T00:00:00Z' });
      await until(key, (item) => item?.status === 'approved');
      await notify('verification_rejected', { ...data, timestamp: '2020-01-01T00:00:01Z' });
      await until(key, (item) => item?.status === 'rejected');
      const events = await eventsAbout(subject, data.user_id, 2);
      const seen = events.map(({ source, detail }) => [source, detail.status, Object(detail.previous).status]);
      for (const wanted of [
        ['fractal-webhooks.check', 'approved', undefined],
        ['fractal-webhooks.check', 'rejected', 'approved'],
      ])
        assert.ok(
          seen.some((one) => JSON.stringify(one) === JSON.stringify(wanted)),
          `published: ${JSON.stringify(seen)}`,
        );
      return `${events.length} events: approved, then rejected with the state before`;
    },
  },
  {
    says: 'A batch that Lambda discards becomes a message on the queue of unpublished changes, and events unpublished reads it',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html',
    show: async ({ target, anId, command }) => {
      const { discardedChangesBucket: Bucket, unpublishedQueueUrl } = target;
      if (Bucket === undefined || unpublishedQueueUrl === undefined) throw new NotHere('changeEvents is false');
      const user = anId();
      const Key = `acceptance/${randomUUID()}`;
      const record = { eventID: Key, dynamodb: { Keys: { pk: { S: `USER#${user}` }, sk: { S: 'EMAIL' } }, SequenceNumber: '1' } };
      const s3 = new S3Client({ ...target.client, forcePathStyle: !target.deployed });
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify({ payload: { Records: [record] } }) }));
      await eventually(async () => {
        const { stdout, stderr } = await command('events', 'unpublished', '--json');
        assert.ok(stdout.includes(user), `after a minute, it is not listed. ${stderr}`);
      }, 60_000);
      // A retry would publish what others have set aside, too.
      await withMessages(createMessages(new SQSClient(target.client), unpublishedQueueUrl), 60, async (held) => {
        for (const message of held.messages) if (message.body.includes(Key)) await held.delete(message);
      });
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      return 'listed, then removed';
    },
  },
  {
    says: 'Archived events can be replayed',
    source: `${EVENTS}, events replay`,
    show: async ({ target, notify, until, command }) => {
      if (target.deployed) throw new NotHere('the archive has no events of test users');
      const from = new Date(Date.now() - 60_000).toISOString();
      const user_id = randomUUID();
      const { key } = await notify('verification_approved', { level: 'basic', user_id, timestamp: '2020-01-01T00:00:00Z' });
      await until(key, (item) => item?.status === 'approved');
      await eventually(async () => {
        const to = new Date(Date.now() + 60_000).toISOString();
        const { stdout, stderr } = await command('events', 'replay', '--from', from, '--to', to, '--user', user_id, '--json');
        assert.ok(stdout.includes(user_id), `not in the archive. ${stderr}`);
      }, 60_000);
      return 'shown from the archive';
    },
  },
];

import { randomBytes } from 'node:crypto';
import { PurgeQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { callCommand } from './command-line.ts';
import { bytesOf } from './notifications.ts';
import { type RunningStack, runStack } from './running-stack.ts';

/** What `dlq list --json` says of a message. */
export interface Listed {
  readonly id: string;
  readonly message_id: string;
  readonly type: string | null;
  readonly cause: string;
  readonly if_redriven: string;
  readonly states: Readonly<Record<string, string | number>> | null;
  readonly first_arrived_at: string;
  readonly expires_at: string;
}

/** Runs a local stack for the tests of a file, each of which finds its dead-letter queue empty. */
export const useDeadLetters = () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await runStack({ args: ['--visibility-timeout', '3'] });
  });
  afterAll(() => stack.stop());
  beforeEach(async () => {
    await stack.sqs.send(new PurgeQueueCommand({ QueueUrl: stack.deadLetterQueueUrl }));
  });
  afterEach(() => stack.setFaults([]));

  const dlq = (...args: string[]) => callCommand(['dlq', ...args, '--stack-file', stack.stackFile]);
  return {
    get stack(): RunningStack {
      return stack;
    },
    dlq,
    listed: async (...args: string[]): Promise<Listed[]> => JSON.parse((await dlq('list', '--json', ...args)).stdout),
    /** Puts a delivery on the dead-letter queue as apply's failures leave it there. */
    bury: async (body: string, { id = randomBytes(12).toString('hex'), receivedAt = Date.now() } = {}): Promise<string> => {
      const MessageBody = encodeEnvelope({ id, receivedAt, bytes: bytesOf(body) });
      await stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.deadLetterQueueUrl, MessageBody }));
      return id;
    },
    /** How many calls the command line has made to AWS. */
    calls: async (): Promise<number> => {
      const counted = Object.entries(await stack.view<Record<string, number>>('calls'));
      return counted.reduce((sum, [what, count]) => (what.startsWith('oncall ') ? sum + count : sum), 0);
    },
  };
};

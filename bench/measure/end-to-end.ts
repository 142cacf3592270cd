import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { REGION } from '../../emulator/aws/account.ts';
import type { Implementation } from '../implementations.ts';
import type { Stand } from '../stand.ts';
import { aBatchOf, aDelivery } from './events.ts';
import { median, quantile, ratios } from './statistics.ts';
import { inTurn } from './turns.ts';
import { run, startWarm } from './warm-process.ts';

/** Milliseconds from delivery to table. */
export interface EndToEnd {
  readonly p50: number;
  readonly p99: number;
  /** The time of `ours` divided by this implementation's in the same round; the median of all rounds. */
  readonly oursBeside: number;
}

/**
 * Sends one delivery at a time through ingest, the queue, a long-polling poller and apply, in warm processes and without a batch
 * window.
 */
export const measureEndToEnd = async (
  implementations: readonly Implementation[],
  stand: Stand,
  rounds: number,
): Promise<ReadonlyMap<Implementation, EndToEnd>> => {
  const credentials = { accessKeyId: 'poller', secretAccessKey: 'poller' };
  const sqs = new SQSClient({ endpoint: stand.AWS_ENDPOINT_URL as string, region: REGION, credentials });
  const QueueUrl = stand.END_TO_END_QUEUE_URL;
  const runs = new Map(
    await Promise.all(
      implementations.map(async (implementation) => {
        const ingest = await startWarm(implementation, 'ingest', { ...stand, QUEUE_URL: QueueUrl as string });
        return [
          implementation,
          { ingest, apply: await startWarm(implementation, 'apply', stand), times: [] as number[] },
        ] as const;
      }),
    ),
  );
  const WARM_UP = 20;
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    for (const [implementation, one] of inTurn([...runs], round)) {
      const started = process.hrtime.bigint();
      const polled = sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }));
      await run(one.ingest, [aDelivery()]);
      const { Messages: [message] = [] } = await polled;
      if (!message?.Body) throw new Error(`${implementation.name}: the delivered message was not received from the queue`);
      await run(one.apply, [aBatchOf([message.Body])]);
      if (round >= WARM_UP) one.times.push(Number(process.hrtime.bigint() - started) / 1e6);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }
  const ours = runs.get(implementations[0] as Implementation)?.times ?? [];
  return new Map(
    [...runs].map(([implementation, { ingest, apply, times }]) => {
      for (const { child } of [ingest, apply]) child.kill();
      const oursBeside = median(ratios(ours, times));
      return [implementation, { p50: median(times), p99: quantile(times, 0.99), oursBeside }];
    }),
  );
};

import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { bundle } from '../../infra/bundle.ts';
import type { Stand } from '../stand.ts';
import { loadedBy, shipped } from './cold-start.ts';
import { nextMessage, spawnMeasured } from './processes.ts';
import { median, ratios, type Spread, spreadOf } from './statistics.ts';
import { inTurn } from './turns.ts';
import type { Done } from './warm-process.ts';

export interface Published {
  /** Milliseconds from spawning a process until its first event is accepted. */
  readonly coldMs: Spread;
  readonly peakBytes: number;
  readonly loadedBytes: number;
  readonly shippedBytes: number;
  /** Per change, in batches of ten. */
  readonly perChangeMs: number;
  readonly logBytes: number;
}

export interface Publishing {
  readonly ours: Published;
  readonly floor: Published;
  /** The time of `ours` divided by that of `floor` in the same round; the median of all rounds. */
  readonly coldBesideFloor: number;
}

const PROJECT = resolve(import.meta.dirname, '../..');
const BATCH = 10;
const BATCHES = 100;
const NO_ENV = { env: {} };

/** A stream record: a level changes from contacted to approved. */
const aChange = (_: unknown, index: number): DynamoDBRecord => {
  const user = randomUUID();
  const image = (status: string, asOf: number) => ({
    pk: { S: `USER#${user}` },
    sk: { S: 'LEVEL#plus' },
    user_id: { S: user },
    level: { S: 'plus' },
    status: { S: status },
    status_rank: { N: '1' },
    timestamp: { S: new Date(asOf).toISOString() },
    as_of: { N: String(asOf) },
  });
  return {
    eventID: randomUUID().replaceAll('-', ''),
    eventName: 'MODIFY',
    dynamodb: {
      Keys: { pk: { S: `USER#${user}` }, sk: { S: 'LEVEL#plus' } },
      OldImage: image('contacted', 1_714_521_600_000),
      NewImage: image('approved', 1_714_521_601_000),
      SequenceNumber: String(index),
      ApproximateCreationDateTime: Date.now() / 1_000,
    },
  } as DynamoDBRecord;
};

const changes = (count: number): DynamoDBStreamEvent => ({ Records: Array.from({ length: count }, aChange) });

/** Measures publish: cold in new processes, and warm in batches of ten. */
export const measurePublish = async (stand: Stand, rounds: number): Promise<Publishing> => {
  const folder = mkdtempSync(join(tmpdir(), 'fractal-webhooks-bench-'));
  const bundled = (name: string, entry: string): string => {
    bundle(resolve(PROJECT, entry), join(folder, name));
    return join(folder, name, 'index.mjs');
  };
  const both = [
    { name: 'ours', file: bundled('ours', 'functions/publish/index.ts'), ms: [] as number[], peaks: [] as number[] },
    { name: 'floor', file: bundled('floor', 'bench/floor/publish.ts'), ms: [] as number[], peaks: [] as number[] },
  ] as const;
  for (let round = -1; round < rounds; round += 1) {
    for (const { file, ms, peaks } of inTurn(both, round + 1)) {
      const started = process.hrtime.bigint();
      const { child } = spawnMeasured('cold', file, NO_ENV, stand, changes(1));
      const answer = await nextMessage<{ result: { batchItemFailures: unknown[] }; peakBytes: number }>(child);
      const took = Number(process.hrtime.bigint() - started) / 1e6;
      if (answer.result.batchItemFailures.length > 0) throw new Error(`${file}: ${JSON.stringify(answer.result)}`);
      child.kill('SIGKILL');
      if (round < 0) continue; // the first round warms the disk
      ms.push(took);
      peaks.push(answer.peakBytes);
    }
  }
  const measured = async ({ file, ms, peaks }: (typeof both)[number]): Promise<Published> => {
    const warm = spawnMeasured('warm', file, NO_ENV, stand);
    await nextMessage(warm.child);
    const run = (count: number) => {
      warm.child.send({ events: Array.from({ length: count }, () => changes(BATCH)), keep: false });
      return nextMessage<Done>(warm.child);
    };
    await run(BATCHES / 5);
    const before = warm.logged();
    const { total } = await run(BATCHES);
    const logBytes = (warm.logged() - before) / (BATCH * BATCHES);
    warm.child.kill();
    const { bytes } = await loadedBy(file, NO_ENV, stand, changes(1));
    return {
      coldMs: spreadOf(ms),
      peakBytes: median(peaks),
      loadedBytes: bytes,
      shippedBytes: shipped(file),
      perChangeMs: total / 1_000 / (BATCH * BATCHES),
      logBytes,
    };
  };
  const [ours, floor] = both;
  return { ours: await measured(ours), floor: await measured(floor), coldBesideFloor: median(ratios(ours.ms, floor.ms)) };
};

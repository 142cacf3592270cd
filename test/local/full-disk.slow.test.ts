import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sampleOf } from '../support/effort.ts';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-disk-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const works = async (stack: RunningStack): Promise<void> => {
  expect(await stack.deliver(aVerification())).toMatchObject({ status: 202 });
  await eventually(async () => {
    const { applied = 0, duplicate = 0 } = await stack.view<Record<string, number>>('outcomes');
    expect(applied + duplicate).toBeGreaterThan(0);
  });
};

describe('the log of the functions', () => {
  test('is written to --log, in a missing folder, and is complete at the end', async () => {
    const log = join(folder, 'not', 'there', 'functions.log');
    const stack = await runStack({ args: ['--log', log] });
    await works(stack);
    await stack.stop();
    expect(await readFile(log, 'utf8')).toMatch(/"accepted"[\s\S]*"(applied|duplicate)"/);
  });

  test.each(
    sampleOf<[string, () => string, string]>(
      [
        ['to a folder', () => folder, 'EISDIR'],
        ['below a file', () => join(import.meta.filename, 'log'), 'ENOTDIR'],
        ['on a full disk', () => join(folder, 'full.log'), 'EFBIG'],
      ],
      1,
    ),
  )('%s fails with a single warning, and deliveries continue', async (_, log, why) => {
    const stack = await runStack({ args: ['--log', log()], before: 'ulimit -f 16' });
    try {
      await eventually(async () => {
        await works(stack);
        expect(stack.output()).toContain(`${why}: `);
      });
      await works(stack);
      const said = stack
        .output()
        .match(/warning: The log file \S+ cannot be written: \w+: .*\. The stack keeps running without it\./g);
      expect(said).toHaveLength(1);
    } finally {
      expect(await stack.stop()).toBe(0);
    }
  });
});

test('stdout on a full disk causes a single warning, and deliveries continue', async () => {
  const stack = await runStack({ before: `ulimit -f 16; exec >${join(folder, 'told')}`, args: ['--log', '/dev/null'] });
  try {
    const said = () => stack.output().match(/warning: Deliveries cannot be printed on stdout: EFBIG/g);
    await eventually(async () => {
      await works(stack);
      expect(said()).toHaveLength(1);
    });
    await works(stack);
    expect(said()).toHaveLength(1);
  } finally {
    expect(await stack.stop()).toBe(0);
  }
});

describe('a full disk under --data', () => {
  const onFullDisk = async (during: (stack: RunningStack) => Promise<void>): Promise<void> => {
    const data = await mkdtemp(join(folder, 'data-'));
    const stack = await runStack({ args: ['--data', data, '--log', '/dev/null'], before: 'ulimit -f 1000' });
    try {
      await during(stack);
    } finally {
      expect(await stack.stop()).toBe(0);
    }
  };

  test('causes 503, loses no accepted delivery, and does not stop the stack', () =>
    onFullDisk(async (stack) => {
      const park = async () => (await stack.deliver('x'.repeat(100_000))).status;
      let accepted = 0;
      let status = await park();
      for (; status === 202; status = await park()) accepted += 1;
      expect(status).toBe(503);
      expect(await stack.deadLetterDepth()).toBe(accepted);
    }));

  test('fails writes to the table, and does not stop the stack', () =>
    onFullDisk(async (stack) => {
      const put = () => {
        const Item = { pk: { S: randomUUID() }, sk: { S: 'x' }, text: { S: 'x'.repeat(200_000) } };
        return stack.dynamodb.send(new PutItemCommand({ TableName: stack.tableName, Item }));
      };
      const fill = async (): Promise<void> => {
        for (;;) await put();
      };
      await expect(fill()).rejects.toThrow(/IO error/);
      const { answer } = await stack.deliver(aVerification());
      await eventually(async () => expect(stack.output()).toMatch(new RegExp(`failed +${answer.id} +InternalServerError`)));
    }));
});

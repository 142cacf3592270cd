import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ONCALL, runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { aResult } from '../support/notifications.ts';
import { runStack } from '../support/running-stack.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
let release: string;
let data: string;

/** A copy of the project that understands another type, `verification_paused`, and another status of Kraken, `paused`. */
beforeAll(async () => {
  release = await mkdtemp(join(tmpdir(), 'fractal-webhooks-release-'));
  data = await mkdtemp(join(tmpdir(), 'fractal-webhooks-data-'));
  for (const part of ['functions', 'infra', 'emulator', 'local', 'oncall', 'cdk.json', 'node-24.js', 'package.json']) {
    const filter = (path: string) => basename(path) !== 'node_modules';
    await cp(join(PROJECT, part), join(release, part), { recursive: true, filter });
  }
  await symlink(join(PROJECT, 'node_modules'), join(release, 'node_modules'));
  await edit('functions/core/notification.ts', [
    ["verification('rejected'),", "verification('rejected'), verification_paused: verification('paused'),"],
  ]);
  await edit('functions/core/kraken.ts', [["'pending'] as const", "'pending', 'paused'] as const"]]);
  await edit('functions/core/facets.ts', [
    ["'rejected'] as const", "'rejected', 'paused'] as const"],
    ['rejected: 3 }', 'rejected: 3, paused: 4 }'],
  ]);
});

afterAll(async () => {
  await rm(release, { recursive: true, force: true });
  await rm(data, { recursive: true, force: true });
});

const edit = async (file: string, changes: readonly (readonly [string, string])[]): Promise<void> => {
  let text = await readFile(join(release, file), 'utf8');
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  await writeFile(join(release, file), text);
};

test('after a release that understands them, parked notifications would apply, and a redrive applies them', async () => {
  const user = randomUUID();
  const body = JSON.stringify({
    type: 'verification_paused',
    data: { level: 'basic', user_id: user, timestamp: '2024-05-06T07:08:09Z' },
  });
  const before = await runStack({ args: ['--data', data] });
  expect(await before.deliver(body)).toMatchObject({ answer: { status: 'parked', reason: 'unknown_type: verification_paused' } });
  expect(await before.deliver(aResult(user, 'paused'))).toMatchObject({ answer: { reason: 'unknown_status: paused' } });
  const prospect = (stackFile: string, commandLine: string) =>
    eventually(async () => {
      const { stdout } = await runCommand(['dlq', 'list', '--json', '--stack-file', stackFile], {}, commandLine);
      const prospects = JSON.parse(stdout).map(({ if_redriven }: { readonly if_redriven: string }) => if_redriven);
      expect(prospects).toHaveLength(2);
      return new Set(prospects);
    });
  expect(await prospect(before.stackFile, ONCALL)).toEqual(new Set(['not_understood']));

  // The command line of the new release understands it, and the stack does not.
  const commandLine = join(release, 'oncall/fractal-webhooks.cjs');
  expect(await prospect(before.stackFile, commandLine)).toEqual(new Set(['not_understood', 'unknown']));
  const early = await runCommand(['dlq', 'redrive', '--all', '--yes', '--stack-file', before.stackFile], {}, commandLine);
  expect(early.stdout).toMatch(
    /^0 of 0 sent back to the queue\. 2 messages are left .*\n2 skipped, .*\nThe stack runs release 1\.\S+, and this command line is 1\.\S+: /,
  );
  const examined = await runCommand(['doctor', '--no-webhook', '--stack-file', before.stackFile], {}, commandLine);
  expect(examined.stdout).toMatch(/\? +release +1\.\S+ is deployed; this command line is 1\./);
  expect(await before.deadLetterDepth()).toBe(2);
  await before.stop();

  const after = await runStack({ args: ['--data', data], release });
  try {
    expect(await prospect(after.stackFile, commandLine)).toEqual(new Set(['would_apply']));
    const redrive = ['dlq', 'redrive', '--would-apply', '--yes', '--stack-file', after.stackFile];
    expect(await runCommand(redrive, {}, commandLine)).toMatchObject({ status: 0 });
    for (const sk of ['LEVEL#basic', 'LEVEL#kraken'])
      await eventually(async () => expect(await after.item(`USER#${user}`, sk)).toMatchObject({ status: 'paused' }));
    expect(await after.deadLetterDepth()).toBe(0);
  } finally {
    await after.stop();
  }
});

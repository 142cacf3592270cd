import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { ONCALL } from '../../support/command-line.ts';
import { useDeadLetters } from '../../support/dead-letters.ts';
import { eventually } from '../../support/eventually.ts';
import { aVerification } from '../../support/notifications.ts';

const deadLetters = useDeadLetters();

test.each(['SIGINT', 'SIGTERM'] as const)(
  'an interrupted redrive prints how many it has sent, and hides none of the others: %s',
  async (signal) => {
    for (let user = 1; user <= 6; user += 1) await deadLetters.bury(aVerification({ user: `${signal}-${user}` }));
    const { stackFile, deadLetterDepth } = deadLetters.stack;
    const command = [ONCALL, 'dlq', 'redrive', '--all', '--rate', '1', '--yes', '--stack-file', stackFile];
    const child = spawn(process.execPath, command);
    const exited = once(child, 'exit');
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    await eventually(async () => expect(await deadLetterDepth()).toBeLessThan(6));
    child.kill(signal);
    expect(await exited).toEqual([signal === 'SIGINT' ? 130 : 143, null]);
    const [, sent, left] = /^(\d) of 6 sent back to the queue\. (\d) messages? (?:is|are) left/.exec(await stdout) ?? [];
    expect(Number(sent) + Number(left)).toBe(6);
    expect(Number(sent)).toBeGreaterThan(0);
    expect(await stderr).toContain('error: Interrupted.');
    expect(await deadLetters.listed()).toHaveLength(Number(left));
  },
);

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callCommand, ONCALL } from '../support/command-line.ts';
import { runDoctor } from '../support/doctor.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

let stack: RunningStack;

beforeAll(async () => {
  // `forget` waits until messages in flight are visible again, after ten seconds.
  stack = await runStack();
});

afterAll(() => stack.stop());

const doctor = () => runDoctor(stack);

const items = async () => (await stack.dynamodb.send(new ScanCommand({ TableName: stack.tableName }))).Items;

describe('doctor', () => {
  test('reports that an accepted notification does not reach the table, and how to delete what is left', async () => {
    await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'error' }]);
    const { status, wrong } = await doctor();
    await stack.setFaults([]);
    expect(status).toBe(1);
    expect(wrong).toMatchObject([{ check: 'round trip', says: 'not in the table after 30 s' }]);
    const [, command] = /npm run oncall -- (forget doctor-\S+ --yes --stack-file \S+)$/.exec(wrong[0]?.remedy ?? '') ?? [];
    expect(command).toBeDefined();
    expect(await callCommand((command as string).split(' '))).toMatchObject({ status: 0 });
    expect([await items(), await stack.queueDepth()]).toEqual([[], 0]);
  });

  test('names the section of the runbook that fits if apply crashes', async () => {
    await stack.setFaults([{ service: 'lambda', function: 'apply', fault: 'crash' }]);
    const { wrong } = await doctor();
    await stack.setFaults([]);
    expect(wrong[0]).toMatchObject({
      check: 'round trip',
      remedy: expect.stringMatching(/^See apply-crashing in oncall\/RUNBOOK\.md\. The notification may still be applied\./),
    });
    const [, command = ''] = / -- (forget .*)$/.exec(wrong[0]?.remedy ?? '') ?? [];
    await eventually(async () => expect(await items()).toHaveLength(1));
    expect(await callCommand(command.split(' '))).toMatchObject({ status: 0 });
  });

  test('deletes its test user when it is interrupted', async () => {
    await stack.setFaults([{ service: 'dynamodb', action: 'UpdateItem', fault: 'slow', delay: 1_000 }]);
    const child = spawn(process.execPath, [ONCALL, 'doctor', '--stack-file', stack.stackFile]);
    const exited = once(child, 'exit');
    const stderr = text(child.stderr);
    // Once: a second signal ends it at once.
    let interrupted = false;
    for await (const chunk of child.stdout) if (!interrupted && /webhook/.test(String(chunk))) interrupted = child.kill('SIGINT');
    await stack.setFaults([]);
    expect(await stderr).toContain('Stopping as soon as the test user is deleted');
    expect(await exited).toEqual([130, null]);
    expect(await items()).toEqual([]);
    expect(await stack.queueDepth()).toBe(0);
  });

  test('times out when a call hangs', async () => {
    await stack.setFaults([{ service: 'secretsmanager', fault: 'hang' }]);
    const { wrong } = await doctor();
    await stack.setFaults([]);
    expect(wrong[0]).toMatchObject({ check: 'secret', says: expect.stringContaining('AWS did not respond in time') });
  });
});

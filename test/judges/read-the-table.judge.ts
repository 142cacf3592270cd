import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/read-the-table.md'), 'utf8');
const exampleIn = (language: string): string => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

let stack: RunningStack;
const user = randomUUID();

beforeAll(async () => {
  stack = await runStack();
  await stack.deliver(aVerification({ user, level: 'basic' }));
  await eventually(async () => expect(await stack.item(`USER#${user}`, 'LEVEL#basic')).toBeDefined());
});

afterAll(() => stack.stop());

const run = async (command: string, args: readonly string[]): Promise<string> => {
  const env = {
    ...process.env,
    TABLE_NAME: stack.tableName,
    AWS_ENDPOINT_URL: stack.awsEndpointUrl,
    AWS_DEFAULT_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  return (await promisify(execFile)(command, args, { env })).stdout.trim();
};

describe('docs/read-the-table.md', () => {
  test('works with Python', async () => {
    const asked = `print(is_approved("${user}", "basic"), is_approved("${user}", "plus"))`;
    expect(await run('python3', ['-c', `${exampleIn('python')}\n${asked}`])).toBe('True False');
  });

  test('works with the AWS CLI', async () => {
    expect(await run('sh', ['-ec', exampleIn('sh').replace('USER#42', `USER#${user}`)])).toBe('approved');
  });
});

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
  // Of the items with `basic`, the newest is joined with another level, and not a level whose name begins alike.
  await stack.deliver(aVerification({ user, level: 'basic', status: 'rejected', timestamp: '2024-05-06T07:08:08Z' }));
  await stack.deliver(aVerification({ user, level: 'basic+liveness', timestamp: '2024-05-06T07:08:09Z' }));
  await stack.deliver(aVerification({ user, level: 'basically', status: 'rejected', timestamp: '2024-05-06T07:08:10Z' }));
  await stack.deliver(aVerification({ user, level: 'plus', status: 'contacted', timestamp: '2024-05-06T07:08:09Z' }));
  await stack.deliver(aVerification({ user, level: 'plus+liveness', timestamp: '2024-05-06T07:08:09Z' }));
  for (const level of ['basic', 'basic+liveness', 'basically', 'plus', 'plus+liveness'])
    await eventually(async () => expect(await stack.item(`USER#${user}`, `LEVEL#${level}`)).toBeDefined());
});

afterAll(() => stack.stop());

const run = async (command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> => {
  const env = {
    ...process.env,
    ...more,
    TABLE_NAME: stack.tableName,
    AWS_ENDPOINT_URL: stack.awsEndpointUrl,
    AWS_DEFAULT_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  return (await promisify(execFile)(command, args, { env })).stdout.trim();
};

describe('docs/python.md', () => {
  const python = readFileSync(resolve(import.meta.dirname, '../../docs/python.md'), 'utf8');
  const [, handler = ''] = /```python\n([\s\S]*?)```/.exec(python) ?? [];

  test('acts once per change, on what is true now', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-python-'));
    await writeFile(join(folder, 'approved.py'), exampleIn('python'));
    await writeFile(join(folder, 'handler.py'), handler);
    const event = (as_of: number) => JSON.stringify({ detail: { user_id: user, as_of } });
    await writeFile(
      join(folder, 'run.py'),
      `import boto3
boto3.client("dynamodb").create_table(TableName="done", BillingMode="PAY_PER_REQUEST",
    KeySchema=[{"AttributeName": "user_id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "user_id", "AttributeType": "S"}])
import approved, handler
handler.handler(${event(5)}, None)
print("not approved")
handler.is_approved = lambda user_id, levels: approved.is_approved(user_id, ["basic"])
for as_of in [5, 5, 4, 6]:
    handler.handler({"detail": {"user_id": "${user}", "as_of": as_of}}, None)
`,
    );
    const lines = (await run('python3', [join(folder, 'run.py')], { DONE_TABLE_NAME: 'done' })).split('\n');
    expect(lines).toEqual(['not approved', `unlock ${user}`, `unlock ${user}`]);
    await rm(folder, { recursive: true });
  });
});

describe('docs/read-the-table.md', () => {
  test('works with Python', async () => {
    const levels = [['basic'], ['basic+liveness'], ['plus'], ['basic', 'plus'], ['uniq'], []];
    const asked = levels.map((some) => `print(is_approved("${user}", ${JSON.stringify(some)}))`).join('\n');
    const answers = (await run('python3', ['-c', `${exampleIn('python')}\n${asked}`])).split('\n');
    expect(answers).toEqual(['True', 'True', 'False', 'False', 'False', 'False']);
  });

  test('works with the AWS CLI', async () => {
    expect(await run('sh', ['-ec', exampleIn('sh').replace('USER#42', `USER#${user}`)])).toBe('approved');
  });
});

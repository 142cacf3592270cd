import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { aVerification } from '../support/notifications.ts';
import { type RunningStack, runStack } from '../support/running-stack.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(PROJECT, 'docs/own-user-id.md'), 'utf8');
const [readLinked = '', link = ''] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);

let stack: RunningStack;
let folder: string;
let own: {
  linked(account: string, fractalId: string, store: () => Promise<void>): Promise<boolean>;
  link(fractalId: string, account: string): Promise<unknown>;
};

beforeAll(async () => {
  stack = await runStack();
  mkdirSync(join(PROJECT, '.local'), { recursive: true });
  // In the project, so that it finds the SDK.
  folder = mkdtempSync(join(PROJECT, '.local/own-user-id-'));
  const code = readLinked.replace('@fractal-webhooks/receiver/reader', '../../reader/reader.ts');
  writeFileSync(join(folder, 'linked.ts'), code);
  writeFileSync(join(folder, 'link.ts'), link);
  Object.assign(process.env, {
    TABLE_NAME: stack.tableName,
    AWS_ENDPOINT_URL: stack.awsEndpointUrl,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  });
  own = { ...(await import(join(folder, 'linked.ts'))), ...(await import(join(folder, 'link.ts'))) };
});

afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true });
});

describe('docs/own-user-id.md', () => {
  const states = (user: string) => stack.item(`USER#${user}`, 'LEVEL#plus');

  test('what changed before the link is read after it', async () => {
    await stack.deliver(aVerification({ user: 'before', level: 'plus' }));
    await eventually(async () => expect(await states('before')).toBeDefined());
    const stored: string[] = [];
    const store = async () => void stored.push('before');
    expect(await own.linked('account', 'before', store)).toBe(true);
    expect(await own.linked('account', 'nobody', store)).toBe(false);
    expect(stored).toHaveLength(2);
  });

  test.each(['before', 'after'])('an attribute of the team is kept when it was set %s the state', async (when) => {
    const user = `linked-${when}`;
    if (when === 'before') await own.link(user, 'account-7');
    await stack.deliver(aVerification({ user, level: 'plus', timestamp: '2024-05-06T07:08:09Z' }));
    await eventually(async () => expect(await states(user)).toMatchObject({ status: 'approved' }));
    if (when === 'after') await own.link(user, 'account-7');
    await stack.deliver(aVerification({ user, level: 'plus', status: 'rejected', timestamp: '2024-05-06T07:08:10Z' }));
    await eventually(async () => expect(await states(user)).toMatchObject({ status: 'rejected', account: 'account-7' }));
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  paginateListSecretVersionIds,
  RestoreSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Endpoint, startEndpoint } from '../../../emulator/endpoint/endpoint.ts';
import { createSecretsManager } from '../../../emulator/engines/secrets/secrets-manager.ts';
import { localClient } from '../../support/local-client.ts';

const SecretId = 'arn:tokens';
const DAY_MS = 86_400_000;

let folder: string;
let endpoint: Endpoint;
let client: SecretsManagerClient;

const start = async () => {
  const secrets = await createSecretsManager(folder);
  await secrets.create({ name: 'tokens', arn: SecretId, initial: 'first', override: false });
  endpoint.services.set('secretsmanager', secrets.serve);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-secrets-'));
  endpoint = await startEndpoint();
  client = new SecretsManagerClient(localClient(endpoint.url));
  await start();
});

afterEach(async () => {
  await endpoint.stop();
  await rm(folder, { recursive: true });
});

const put = async (SecretString: string, ClientRequestToken?: string) =>
  (await client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken }))).VersionId as string;
const get = async (which: { VersionId?: string; VersionStage?: string } = {}) =>
  (await client.send(new GetSecretValueCommand({ SecretId, ...which }))).SecretString;
const versions = async (IncludeDeprecated: boolean) =>
  (await client.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated }))).Versions ?? [];
const DELETED = { name: 'InvalidRequestException', message: expect.stringContaining('marked for deletion') };

describe('the versions of a secret', () => {
  test('are current, previous or deprecated, and can be read by stage and by id', async () => {
    const second = await put('second');
    await put('third');
    expect([await get(), await get({ VersionStage: 'AWSPREVIOUS' }), await get({ VersionId: second })]).toEqual([
      'third',
      'second',
      'second',
    ]);
    expect((await versions(false)).map(({ VersionStages }) => VersionStages)).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
    const [, , deprecated] = await versions(true);
    expect(deprecated).toMatchObject({ VersionStages: [], CreatedDate: expect.any(Date) });
    expect(await get({ VersionId: deprecated?.VersionId as string })).toBe('first');
    await expect(get({ VersionId: second, VersionStage: 'AWSCURRENT' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('are listed page by page', async () => {
    for (const value of ['second', 'third', 'fourth']) await put(value);
    const pages = [];
    const all = paginateListSecretVersionIds({ client, pageSize: 3 }, { SecretId, IncludeDeprecated: true });
    for await (const { Versions } of all) pages.push(Versions?.length);
    expect(pages).toEqual([3, 1]);
  });

  test('have no previous one at first', async () => {
    await expect(get({ VersionStage: 'AWSPREVIOUS' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
    });
  });

  test('cannot be changed: the same token with the same value changes nothing, with another it is an error', async () => {
    const token = 'a-token-of-at-least-32-characters';
    await put('second', token);
    await put('second', token);
    expect(await versions(true)).toHaveLength(2);
    await expect(put('third', token)).rejects.toMatchObject({ name: 'ResourceExistsException' });
    expect(await get()).toBe('second');
  });

  test('written at the same time are all kept', async () => {
    await Promise.all(['a', 'b', 'c'].map((value) => put(value)));
    expect(await versions(true)).toHaveLength(4);
  });

  test('are kept across restarts', async () => {
    await put('second');
    await start();
    expect([await get(), await get({ VersionStage: 'AWSPREVIOUS' })]).toEqual(['second', 'first']);
  });

  test('include the value that version 1.0 kept', async () => {
    await writeFile(join(folder, 'secrets.json'), JSON.stringify({ [SecretId]: { value: 'kept', versionId: 'v' } }));
    await start();
    expect(await get({ VersionId: 'v', VersionStage: 'AWSCURRENT' })).toBe('kept');
  });
});

describe('a secret that is deleted', () => {
  test('can be restored: until then only its description can be read', async () => {
    const { DeletionDate } = await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    expect(Number(DeletionDate)).toBeGreaterThan(Date.now() + 6 * DAY_MS);
    await expect(get()).rejects.toMatchObject(DELETED);
    await expect(put('second')).rejects.toMatchObject(DELETED);
    expect(await client.send(new DescribeSecretCommand({ SecretId }))).toMatchObject({ DeletedDate: DeletionDate });
    await start();
    await expect(get()).rejects.toMatchObject(DELETED);
    await client.send(new RestoreSecretCommand({ SecretId }));
    expect(await get()).toBe('first');
    expect((await client.send(new DescribeSecretCommand({ SecretId }))).DeletedDate).toBeUndefined();
  });

  test('without recovery does not exist any more, even if its deletion was scheduled before', async () => {
    await client.send(new DeleteSecretCommand({ SecretId }));
    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    const gone = { name: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." };
    await expect(get()).rejects.toMatchObject(gone);
    await expect(client.send(new RestoreSecretCommand({ SecretId }))).rejects.toMatchObject(gone);
  });

  test.each([
    [{ RecoveryWindowInDays: 6 }],
    [{ RecoveryWindowInDays: 31 }],
    [{ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }],
  ])('cannot be deleted with %j', async (how) => {
    await expect(client.send(new DeleteSecretCommand({ SecretId, ...how }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    expect(await get()).toBe('first');
  });
});

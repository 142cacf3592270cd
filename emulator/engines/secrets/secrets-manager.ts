import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { awsError, type Service } from '../../aws/request.ts';
import { replaceFile } from '../storage/replace-file.ts';
import { deleteSecret, restoreSecret } from './deletion.ts';
import { describeSecret, getSecretValue, listSecretVersionIds } from './read.ts';
import { type Action, type Secret, unlessDeleted, withVersion } from './secret.ts';
import { putSecretValue } from './write.ts';

/** Secrets Manager, as far as this project uses it: the versions of a secret, and its deletion. */
export interface SecretsManager {
  readonly serve: Service;
  /** Creates a secret. Keeps the value of an earlier run unless `override` is set. */
  create(secret: {
    readonly name: string;
    readonly arn: string;
    readonly initial: string;
    readonly override: boolean;
  }): Promise<void>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  GetSecretValue: unlessDeleted(getSecretValue),
  PutSecretValue: unlessDeleted(putSecretValue),
  UpdateSecret: unlessDeleted(putSecretValue),
  DescribeSecret: describeSecret,
  ListSecretVersionIds: listSecretVersionIds,
  DeleteSecret: deleteSecret,
  RestoreSecret: restoreSecret,
};

/** @param dataDir the folder that keeps values across restarts (default: in memory) */
export const createSecretsManager = async (dataDir: string | undefined): Promise<SecretsManager> => {
  const file = dataDir && join(dataDir, 'secrets.json');
  const secrets = new Map<string, Secret>(Object.entries(file ? await readKept(file) : {}));
  const names = new Map<string, string>();

  const keep = async (arn: string, secret: Secret | null): Promise<void> => {
    const others = [...secrets].filter(([other]) => other !== arn);
    if (file) await replaceFile(file, JSON.stringify(Object.fromEntries(secret ? [...others, [arn, secret]] : others)));
    if (secret) secrets.set(arn, secret);
    else secrets.delete(arn);
  };

  const serve: Service = async ({ action, body }) => {
    const input = JSON.parse(body.toString());
    const [arn = '', name = ''] = [...names].find((both) => both.includes(input.SecretId)) ?? [];
    const secret = secrets.get(arn);
    const now = Date.now();
    if (!secret || now > (secret.deletedFrom ?? now))
      return awsError(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    const perform = ACTIONS[action];
    if (!perform) return awsError(400, 'InvalidRequestException', `The local Secrets Manager does not support ${action}.`);
    const { answer, next } = perform({ arn, name, secret, input, now });
    if (next !== undefined) await keep(arn, next);
    return answer;
  };

  // One after another, because a call reads the secret, and writes it after waiting for the file.
  let last: Promise<unknown> = Promise.resolve();
  return {
    create: async ({ name, arn, initial, override }) => {
      names.set(arn, name);
      const secret = secrets.get(arn);
      if (override || !secret) await keep(arn, withVersion(secret, randomUUID(), initial, Date.now()));
    },
    serve: (request) => {
      const served = last.then(() => serve(request));
      last = served.catch(() => {});
      return served;
    },
  };
};

/** A secret as version 1.0 kept it. */
interface Former {
  readonly value: string;
  readonly versionId: string;
}

const readKept = async (file: string): Promise<Record<string, Secret>> => {
  try {
    const kept: Record<string, Secret | Former> = JSON.parse(await readFile(file, 'utf8'));
    return Object.fromEntries(
      Object.entries(kept).map(([arn, one]) => [
        arn,
        'value' in one ? withVersion(undefined, one.versionId, one.value, Date.now()) : one,
      ]),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file} cannot be read: ${(error as Error).message}. Remove it to start with a new secret.`);
  }
};

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { awsAnswer, awsError, type Service } from '../endpoint/request.ts';
import { replaceFile } from '../replace-file.ts';

interface Version {
  readonly value: string;
  readonly versionId: string;
}

/** Secrets Manager, as far as this project uses it: reading and replacing the current value of a secret. */
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

/** @param dataDir the folder that keeps values across restarts (default: in memory) */
export const createSecretsManager = async (dataDir: string | undefined): Promise<SecretsManager> => {
  const file = dataDir && join(dataDir, 'secrets.json');
  const versions = new Map<string, Version>(Object.entries(file ? await readJson(file) : {}));
  const names = new Map<string, string>();

  const put = async (arn: string, value: string): Promise<Version> => {
    const version = { value, versionId: randomUUID() };
    if (file) await replaceFile(file, JSON.stringify(Object.fromEntries([...versions, [arn, version]])));
    versions.set(arn, version);
    return version;
  };

  return {
    create: async ({ name, arn, initial, override }) => {
      names.set(arn, name);
      if (override || !versions.has(arn)) await put(arn, initial);
    },
    serve: async ({ action, body }) => {
      const { SecretId, SecretString } = JSON.parse(body.toString());
      const secret = [...names].find(([arn, name]) => SecretId === arn || SecretId === name);
      if (!secret) return awsError(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      const [ARN, Name] = secret;
      const of = ({ versionId }: Version) => ({ ARN, Name, VersionId: versionId, VersionStages: ['AWSCURRENT'] });
      const current = versions.get(ARN) as Version;
      switch (action) {
        case 'GetSecretValue':
          return awsAnswer({ ...of(current), SecretString: current.value });
        case 'PutSecretValue':
        case 'UpdateSecret':
          if (typeof SecretString !== 'string')
            return awsError(400, 'InvalidParameterException', 'The local Secrets Manager supports only SecretString.');
          return awsAnswer(of(await put(ARN, SecretString)));
        case 'DescribeSecret':
          return awsAnswer({ ARN, Name, VersionIdsToStages: { [current.versionId]: ['AWSCURRENT'] } });
        default:
          return awsError(400, 'InvalidRequestException', `The local Secrets Manager does not support ${action}.`);
      }
    },
  };
};

const readJson = async (file: string): Promise<Record<string, Version>> => {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file} cannot be read: ${(error as Error).message}. Remove it to start with a new secret.`);
  }
};

import { randomUUID } from 'node:crypto';
import { awsAnswer } from '../../aws/request.ts';
import { type Action, refused, withVersion } from './secret.ts';

/**
 * PutSecretValue, and UpdateSecret of a value. A repeated call with the same token changes nothing.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export const putSecretValue: Action = ({ arn, name, secret, input, now }) => {
  const { SecretString, ClientRequestToken: id = randomUUID(), VersionStages: labels = ['AWSCURRENT'] } = input;
  if (typeof SecretString !== 'string' || labels.join() !== 'AWSCURRENT') {
    return refused(
      'InvalidParameterException',
      'The local Secrets Manager supports only SecretString, and only the stage AWSCURRENT.',
    );
  }
  const answer = (VersionStages: readonly string[]) => awsAnswer({ ARN: arn, Name: name, VersionId: id, VersionStages });
  const existing = secret.versions.find((version) => version.id === id);
  if (!existing) return { answer: answer(['AWSCURRENT']), next: withVersion(secret, id, SecretString, now) };
  return existing.value === SecretString
    ? { answer: answer(existing.stages) }
    : refused('ResourceExistsException', "You can't modify an existing version, you can only create a new version.");
};

import { awsAnswer } from '../../aws/request.ts';
import { type Action, refused, seconds } from './secret.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html */
export const deleteSecret: Action = ({ arn, name, secret, input, now }) => {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force = false } = input;
  if (force && days !== undefined) {
    return refused(
      'InvalidParameterException',
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  }
  const answer = (from: number) => awsAnswer({ ARN: arn, Name: name, DeletionDate: seconds(from) });
  if (force) return { answer: answer(now), next: null };
  if (days !== undefined && (days < 7 || days > 30)) {
    return refused('InvalidParameterException', 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  }
  if (secret.deletedFrom !== undefined) {
    return refused(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was already scheduled for deletion.",
    );
  }
  const deletedFrom = now + (days ?? 30) * DAY_MS;
  return { answer: answer(deletedFrom), next: { ...secret, deletedFrom } };
};

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html */
export const restoreSecret: Action = ({ arn, name, secret: { deletedFrom: _, ...secret } }) => ({
  answer: awsAnswer({ ARN: arn, Name: name }),
  next: secret,
});

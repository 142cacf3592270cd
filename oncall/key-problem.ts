import type { AwsError, AwsProblem, Hints } from './aws-error.ts';

/**
 * Whether a KMS key is the cause. SQS calls its errors `KMS.…` or `Kms…`, SNS `KMS…Exception`, Secrets Manager `DecryptionFailure`
 * and `EncryptionFailure`. DynamoDB and Secrets Manager also quote KMS in an `AccessDeniedException`.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors
 */
export const keyProblem = ({ code, message }: AwsError, { secretId, awsOptions }: Hints): AwsProblem | undefined => {
  if (!/^KMS|^(De|En)cryptionFailure$/i.test(code) && !/\bKMS\b|:kms:/.test(message)) return undefined;
  const says = `${code}: ${message}`;
  const key = /arn:[\w-]+:kms:[\w:/-]+/.exec(message)?.[0] ?? 'KEY_ID';
  const aws = (command: string): string => `aws kms ${command} --key-id ${key}${awsOptions}`;
  const where =
    key === 'KEY_ID' ? ` KEY_ID is the KmsKeyId in: aws secretsmanager describe-secret --secret-id ${secretId}${awsOptions}` : '';
  // A key whose deletion is canceled is disabled.
  // https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys-scheduling-key-deletion.html
  const cancel = `${aws('cancel-key-deletion')} && ${aws('enable-key')}`;
  const broken = (what: string, remedy: string): AwsProblem => ({ kind: 'broken', what, remedy: `${remedy}${where}` });

  if (/pending ?deletion/i.test(message)) {
    return broken(
      'the KMS key is scheduled for deletion, after which nobody can read what it encrypts',
      `Do not wait: cancel the deletion. ${cancel}`,
    );
  }
  if (/Disabled/.test(code) || /is disabled|DisabledException/.test(message)) {
    return broken('the KMS key is disabled', `Enable it: ${aws('enable-key')}`);
  }
  if (/AccessDenied/.test(code)) {
    return {
      kind: 'denied',
      what: `AWS denied access to the KMS key: ${message}`,
      remedy: `Retry with a role that may use the key. If no role can, look at its state and policy: ${aws('describe-key')}${where}`,
    };
  }
  return broken(
    `the KMS key cannot be used: ${says}`,
    `Look at its state: ${aws('describe-key')}. If it is PendingDeletion: ${cancel}. If it is Disabled: ${aws('enable-key')}.`,
  );
};

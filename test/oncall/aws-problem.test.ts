import { describe, expect, test } from '@jest/globals';
import type { AwsProblem } from '../../oncall/aws-error.ts';
import { awsProblem } from '../../oncall/aws-problem.ts';
import { explainError, isUnreachable } from '../../oncall/failure.ts';

const HINTS = {
  secretId: 'arn:secret',
  tableName: 'States',
  options: ' --stack S',
  awsOptions: ' --region r',
  recreate: 'npm run cdk -- deploy S --revert-drift',
};
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** An error as the AWS SDK throws it. Services with the query protocol also have a `Code`. */
const thrown = (name: string, message: string, status = 400, Code?: string): Error =>
  Object.assign(new Error(message), { name, $fault: 'client', $metadata: { httpStatusCode: status }, ...(Code && { Code }) });

type Case = [code: string, message: string, kind: AwsProblem['kind'], what: RegExp, remedy: RegExp];

const INVALID = 'The security token included in the request is invalid.';
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const SIGN_IN = /aws configure list\. Sign in again/;
const CLOCK = /^Set the clock of this machine/;
const QUOTED = `${KEY} is pending deletion. (Service: AWSKMS; Status Code: 400; Error Code: KMSInvalidStateException; Request ID: 1; Proxy: null)`;

// Messages of AWS, as quoted in its documentation and in reports of its users.
const CASES: Case[] = [
  ['InvalidClientTokenId', INVALID, 'caller', /does not accept the credentials: InvalidClientTokenId/, SIGN_IN],
  [
    'UnrecognizedClientException',
    INVALID,
    'caller',
    /does not accept the credentials/,
    /a region that the account has not enabled/,
  ],
  ['InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 'caller', /credentials/, SIGN_IN],
  ['AuthFailure', 'AWS was not able to validate the provided access credentials', 'caller', /credentials/, SIGN_IN],
  ['SignatureDoesNotMatch', MISMATCH, 'caller', /does not accept the credentials/, SIGN_IN],
  ['InvalidSignatureException', MISMATCH, 'caller', /does not accept the credentials/, SIGN_IN],
  [
    'InvalidSignatureException',
    'Signature expired: 20150411T064107Z is now earlier than 20150411T064135Z (20150411T064635Z - 5 min.)',
    'caller',
    /^AWS rejected the time of the request: this machine's clock is 328 s behind$/,
    CLOCK,
  ],
  [
    'SignatureDoesNotMatch',
    'Signature not yet current: 20201002T065532Z is still later than 20201002T062118Z (20201002T061618Z + 5 min.)',
    'caller',
    /this machine's clock is 2354 s ahead$/,
    CLOCK,
  ],
  [
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
    'caller',
    /too large$/,
    CLOCK,
  ],
  ['RequestExpired', 'Request has expired.', 'caller', /time of the request: Request has expired$/, CLOCK],
  [
    'ExpiredToken',
    'The security token included in the request is expired',
    'caller',
    /credentials have expired/,
    /^Sign in again/,
  ],
  ['ExpiredTokenException', 'The security token included in the request is expired', 'caller', /have expired/, /^Sign in again/],
  ['OptInRequired', 'The AWS Access Key Id needs a subscription for the service', 'caller', /account cannot use/, /AWS Support/],
  [
    'SubscriptionRequiredException',
    'The AWS Access Key Id needs a subscription for the service',
    'caller',
    /account/,
    /AWS Support/,
  ],
  ['SubscriptionRequired', 'The account needs a subscription', 'caller', /account cannot use/, /AWS Support/],
  ['AccessDeniedException', 'Your account is blocked.', 'caller', /account cannot use/, /AWS Support/],
  ['ThrottlingException', 'Rate exceeded', 'passing', /limits the rate/, /^Retry in a minute/],
  ['Throttling', 'Rate exceeded', 'passing', /limits the rate/, /^Retry in a minute/],
  ['KMS.ThrottlingException', 'Rate exceeded', 'passing', /limits the rate/, /^Retry in a minute/],
  [
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput…',
    'passing',
    /rate/,
    /Retry in a minute/,
  ],
  [
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
    'broken',
    /^the secret is scheduled for deletion/,
    /^Do not wait: restore it\. aws secretsmanager restore-secret --secret-id arn:secret --region r$/,
  ],
  [
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret.",
    'broken',
    /^the secret no longer exists$/,
    /^Create it again: npm run cdk -- deploy S --revert-drift\. .*Fractal's dashboard.* tokens set all --stack S; if .* tokens add TYPE --stack S$/,
  ],
  [
    'ResourceNotFoundException',
    'Requested resource not found',
    'broken',
    /^the table no longer exists$/,
    /aws dynamodb list-backups --backup-type SYSTEM --table-name States --region r/,
  ],
  ['ResourceNotFoundException', 'Event bus FractalWebhooks does not exist.', 'broken', /^the event bus/, /--revert-drift$/],
  ['QueueDoesNotExist', 'The specified queue does not exist.', 'broken', /^the queue no longer exists$/, /--revert-drift$/],
  ['AWS.SimpleQueueService.NonExistentQueue', 'The specified queue does not exist.', 'broken', /^the queue/, /--revert-drift$/],
  ['NotFound', 'Topic does not exist', 'broken', /^the topic no longer exists$/, /--revert-drift$/],
  ['ResourceNotFoundException', 'Something else', 'broken', /does not find it: .*Something else$/, /--revert-drift$/],
  [
    'KMS.DisabledException',
    `${KEY} is disabled. (Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: 1; Proxy: null)`,
    'broken',
    /^the KMS key is disabled$/,
    new RegExp(`^Enable it: aws kms enable-key --key-id ${KEY} --region r$`),
  ],
  [
    'KMSDisabledException',
    'The key is not enabled',
    'broken',
    /is disabled$/,
    /--key-id KEY_ID --region r KEY_ID is the KmsKeyId in: aws /,
  ],
  [
    'KMS.InvalidStateException',
    QUOTED,
    'broken',
    /^the KMS key is scheduled for deletion/,
    new RegExp(
      `^Do not wait: cancel the deletion\\. aws kms cancel-key-deletion --key-id ${KEY} --region r && aws kms enable-key`,
    ),
  ],
  ['AccessDeniedException', `KMS key access denied error: ${QUOTED}`, 'broken', /scheduled for deletion/, /cancel-key-deletion/],
  [
    'KmsInvalidState',
    'The key is in the state PendingDeletion',
    'broken',
    /^the KMS key is scheduled for deletion/,
    /cancel-key-deletion --key-id KEY_ID/,
  ],
  [
    'KmsInvalidState',
    'The state is not valid',
    'broken',
    /cannot be used: KmsInvalidState: The state is not valid$/,
    /describe-key .*PendingDeletion: aws kms cancel-key-deletion/,
  ],
  [
    'DecryptionFailure',
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
    'broken',
    /^the KMS key cannot be used/,
    /describe-key .*PendingDeletion: aws kms cancel-key-deletion .*Disabled: aws kms enable-key/,
  ],
  [
    'AccessDeniedException',
    'Access to KMS is not allowed',
    'denied',
    /denied access to the KMS key/,
    /role that may use the key/,
  ],
  ['KMS.AccessDeniedException', 'The ciphertext refers to…', 'denied', /denied access to the KMS key/, /describe-key/],
  [
    'AccessDeniedException',
    'User: x is not authorized to perform: y',
    'denied',
    /^AWS denied access: User: x/,
    /has this permission/,
  ],
  [
    'AuthorizationError',
    'User: x is not authorized to perform: y',
    'denied',
    /^AWS denied access: User: x/,
    /has this permission/,
  ],
  ['ValidationException', 'Invalid', 'rejected', /rejected the request: ValidationException: Invalid$/, /would be rejected too/],
  ['ValidationException', 'No item 1.5 is valid.', 'rejected', /ValidationException: No item 1\.5 is valid$/, /rejected too/],
];

/** Codes that begin or end like those of another kind of problem. */
const OTHER_CODES = [
  'BatchRequestExpired',
  'RequestExpiredOnce',
  'MyExpiredToken',
  'ExpiredTokenType',
  'PartlyBlocked',
  'BlockedPort',
  'NoKMSKey',
  'NoDecryptionFailure',
  'EncryptionFailureReport',
];

describe('an error of AWS', () => {
  test.each(CASES)('%s: %s', (code, message, kind, what, remedy) => {
    for (const error of [thrown(code, message), thrown('Modeled', message, 400, code)]) {
      expect(awsProblem(error, HINTS)).toEqual({
        kind,
        what: expect.stringMatching(what),
        remedy: expect.stringMatching(remedy),
      });
      expect(explainError(error)).not.toMatch(/health\.aws/);
      expect(isUnreachable(error)).toBe(kind === 'caller');
    }
  });

  test('with status 5xx is an outage', () => {
    expect(explainError(thrown('InternalServerError', 'We encountered an internal error.', 500))).toBe(
      'AWS returned InternalServerError: We encountered an internal error. Retry; if it persists, see https://health.aws.amazon.com/health/status',
    );
  });

  test('without a known stack has placeholders in its remedy', () => {
    const deleted = "You can't perform this operation on the secret because it was marked for deletion.";
    expect(explainError(thrown('InvalidRequestException', deleted))).toMatch(/^The secret is .*--secret-id SECRET_ID$/);
  });

  test.each(OTHER_CODES)('with the code %s is not taken for one whose code is in it', (code) => {
    expect(awsProblem(thrown(code, 'No.'))).toEqual({
      kind: 'rejected',
      what: `AWS rejected the request: ${code}: No`,
      remedy: 'A retry would be rejected too. Report it, with the command.',
    });
  });

  test('with status 5xx may pass, and without a status is not an outage', () => {
    expect(awsProblem(thrown('InternalServerError', 'We encountered an internal error.', 500))?.kind).toBe('passing');
    const cut = Object.assign(new Error('No answer.'), { name: 'Cut', $fault: 'server' });
    expect(awsProblem(cut)).toMatchObject({ kind: 'rejected', what: 'AWS rejected the request: Cut: No answer' });
  });

  test('is none if the SDK did not throw it', () => {
    expect(awsProblem(new Error('InvalidClientTokenId'))).toBeUndefined();
    expect(awsProblem({ name: 'ExpiredToken', message: '', $fault: 'client' })).toBeUndefined();
  });
});

import type { AwsError, AwsProblem, Hints } from './aws-error.ts';
import { CALLED, deploy } from './called.ts';
import { keyProblem } from './key-problem.ts';

const ANY_STACK: Hints = {
  secretId: 'SECRET_ID',
  tableName: 'TABLE_NAME',
  options: ' --stack NAME',
  awsOptions: '',
  recreate: `${deploy('NAME')} --revert-drift`,
};

type Rule = (error: AwsError, hints: Hints) => AwsProblem | undefined;

const SIGN_IN = 'Sign in again (aws sso login, or AWS_PROFILE=…), then retry.';

// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
const wrongTime: Rule = ({ code, message }) => {
  // Stryker disable next-line ArrayDeclaration: the first element is not read.
  const [, ours, theirs] = /(\d{8}T\d{6}Z) is (?:now earlier|still later) than \S+ \((\d{8}T\d{6}Z) /.exec(message) ?? [];
  const isTime = /^Request(TimeTooSkewed|Expired|InTheFuture)$/.test(code) || /Signature (expired|not yet current)/.test(message);
  if (!isTime) return undefined;
  // Stryker disable next-line LogicalOperator: both are matched, or neither.
  const off = ours && theirs ? (compactInstant(ours) - compactInstant(theirs)) / 1_000 : undefined;
  const clock =
    // Stryker disable next-line EqualityOperator: AWS does not reject its own time.
    off === undefined ? `: ${message}` : `: this machine's clock is ${Math.abs(off)} s ${off > 0 ? 'ahead' : 'behind'}`;
  return {
    kind: 'caller',
    what: `AWS rejected the time of the request${clock}`,
    remedy: 'Set the clock of this machine, for example with NTP, then retry.',
  };
};

// 20150411T064107Z
// Stryker disable next-line Regex: the digits of the year before the last one stay where they are.
const compactInstant = (text: string): number => Date.parse(text.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:'));

const expired: Rule = ({ code }) =>
  /^(ExpiredToken(Exception)?|TokenRefreshRequired)$/.test(code)
    ? { kind: 'caller', what: 'the AWS credentials have expired', remedy: 'Sign in again, then retry.' }
    : undefined;

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
const CREDENTIALS =
  /^(InvalidClientTokenId|UnrecognizedClient(Exception)?|InvalidAccessKeyId|AuthFailure|SignatureDoesNotMatch|InvalidSignature(Exception)?|InvalidToken|(IncompleteSignature|MissingAuthenticationToken)(Exception)?)$/;

const wrongCredentials: Rule = ({ code, message }) =>
  CREDENTIALS.test(code)
    ? {
        kind: 'caller',
        what: `AWS does not accept the credentials: ${code}: ${message}`,
        remedy: `See which ones are used: aws configure list. ${SIGN_IN} In a region that the account has not enabled, no credentials work.`,
      }
    : undefined;

const account: Rule = ({ code, message }) =>
  /^(OptInRequired|SubscriptionRequired(Exception)?|AccountProblem|Blocked|PendingVerification|UserSuspended)$/.test(code) ||
  /account is (currently )?(blocked|suspended)/i.test(message)
    ? {
        kind: 'caller',
        what: `this AWS account cannot use the service: ${code}: ${message}`,
        remedy: "Check the account's status and its payment method in the AWS console, or ask AWS Support.",
      }
    : undefined;

const throttled: Rule = ({ code, message }) =>
  /Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded|SlowDown/i.test(code)
    ? { kind: 'passing', what: `AWS limits the rate of these calls: ${code}: ${message}`, remedy: 'Retry in a minute.' }
    : undefined;

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_restore-secret.html
const deletedSecret: Rule = ({ message }, { secretId, awsOptions }) =>
  /(marked|scheduled) for deletion/.test(message) && /secret/.test(message)
    ? {
        kind: 'broken',
        what: 'the secret is scheduled for deletion: AWS deletes it 7 to 30 days after that was requested',
        remedy: `Do not wait: restore it. aws secretsmanager restore-secret --secret-id ${secretId}${awsOptions}`,
      }
    : undefined;

const GONE =
  /^(ResourceNotFound(Exception)?|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue|NotFound(Exception)?|TableNotFound(Exception)?)$/;

const gone: Rule = ({ code, message }, hints) => {
  if (!GONE.test(code)) return undefined;
  // Stryker disable next-line ArrayDeclaration: the first element is not read.
  const [, what, remedy] = KINDS.find(([pattern]) => pattern.test(message)) ?? [];
  return {
    kind: 'broken',
    what: what === undefined ? `AWS does not find it: ${code}: ${message}` : `${what} no longer exists`,
    remedy: remedy?.(hints) ?? again(hints),
  };
};

// A plain deployment does not notice that a resource was deleted; a drift-aware change set does.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
const again = ({ recreate }: Hints): string => `Create it again: ${recreate}`;

/** By AWS's message: what is gone, and how to bring it back. */
const KINDS: readonly (readonly [RegExp, string, ((hints: Hints) => string)?])[] = [
  [
    /can't find the specified secret\.?$/,
    'the secret',
    (hints) =>
      `${again(hints)}. Its tokens are lost here, but are in Fractal's dashboard. Store them: ${CALLED} tokens set all${hints.options}; if types had tokens of their own, also: ${CALLED} tokens add TYPE${hints.options}`,
  ],
  [/queue/i, 'the queue'],
  [/topic/i, 'the topic'],
  [/event ?bus .*does not exist/i, 'the event bus'],
  [/function not found/i, 'the function'],
  [
    // DynamoDB keeps a backup of a deleted table with point-in-time recovery for 35 days.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    /table|^requested resource not found/i,
    'the table',
    ({ tableName, awsOptions }) =>
      `Restore it under the same name: DynamoDB keeps a backup for 35 days. Find its ARN: aws dynamodb list-backups --backup-type SYSTEM --table-name ${tableName}${awsOptions}. Then see "Restoring the table" in infra/README.md.`,
  ],
];

const denied: Rule = ({ code, message }) =>
  /AccessDenied|NotAuthorized|AuthorizationError|UnauthorizedOperation/.test(code)
    ? { kind: 'denied', what: `AWS denied access: ${message}`, remedy: 'Retry with a role that has this permission.' }
    : undefined;

const outage: Rule = ({ code, message, status }) =>
  status >= 500
    ? {
        kind: 'passing',
        what: `AWS returned ${code}: ${message}`,
        remedy: 'Retry; if it persists, see https://health.aws.amazon.com/health/status',
      }
    : undefined;

// The first that applies.
const RULES: readonly Rule[] = [
  wrongTime,
  expired,
  wrongCredentials,
  account,
  throttled,
  keyProblem,
  deletedSecret,
  gone,
  denied,
  outage,
];

/** What an error of the AWS SDK means; `undefined` for any other error. */
export const awsProblem = (error: unknown, hints: Hints = ANY_STACK): AwsProblem | undefined => {
  if (!(error instanceof Error) || !('$fault' in error)) return undefined;
  const { name, message, Code, $metadata } = error as Error & { Code?: string; $metadata?: { httpStatusCode?: number } };
  const asked = { code: Code ?? name, message: message.replace(/\.$/, ''), status: $metadata?.httpStatusCode ?? 0 };
  const problem = RULES.map((rule) => rule(asked, hints)).find((one) => one !== undefined);
  return (
    problem ?? {
      kind: 'rejected',
      what: `AWS rejected the request: ${asked.code}: ${asked.message}`,
      remedy: 'A retry would be rejected too. Report it, with the command.',
    }
  );
};

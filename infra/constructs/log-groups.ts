import { ArnFormat, Fn, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ILogGroup, LogGroup, type LogGroupProps, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST, PCI } from '../acknowledge.ts';

const AWS_KEY =
  'Encrypted with the key of CloudWatch Logs. The functions log ids only; API Gateway logs the IP addresses of callers. customerManagedKey uses a key of the account.';

export interface LogGroupsProps {
  readonly retention: RetentionDays;
  readonly changeEvents: boolean;
  readonly reconcileDaily: boolean;
  readonly forwards: boolean;
  readonly removalPolicy: RemovalPolicy;
  readonly key: IKey | undefined;
}

export interface EventLogGroups {
  readonly publish: LogGroup;
  /** What EventBridge could not deliver to the targets of rules. */
  readonly undelivered: LogGroup;
}

/**
 * A log group per function and for what EventBridge could not deliver, without personal data, and API Gateway's access log, with the
 * IP address of each caller.
 */
export class LogGroups extends Construct {
  readonly ingest: LogGroup;
  readonly apply: LogGroup;
  readonly ofEvents: EventLogGroups | undefined;
  readonly releaseCheck: LogGroup;
  readonly deadLetters: LogGroup;
  readonly access: LogGroup;
  readonly comparison: LogGroup | undefined;
  readonly forward: LogGroup | undefined;

  constructor(scope: Construct, id: string, { key, changeEvents, reconcileDaily, forwards, ...props }: LogGroupsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const logGroup = (name: string, more: LogGroupProps = {}): LogGroup => {
      const group = new LogGroup(this, name, { ...props, ...more, ...(key && { encryptionKey: key }) });
      if (!key) acknowledge(group, AWS_KEY, ['CKV_AWS_158', ...inPacks('CloudWatchLogGroupEncrypted', NIST, HIPAA, PCI)]);
      return group;
    };
    this.ingest = logGroup('Ingest');
    this.apply = logGroup('Apply');
    this.ofEvents = changeEvents
      ? {
          publish: logGroup('Publish'),
          undelivered: logGroup('Undelivered', { logGroupName: vendedName(stack, '-undelivered') }),
        }
      : undefined;
    this.releaseCheck = logGroup('ReleaseCheck');
    this.deadLetters = logGroup('DeadLetters');
    this.access = logGroup('Access', { logGroupName: vendedName(stack) });
    this.comparison = reconcileDaily ? logGroup('Comparison') : undefined;
    this.forward = forwards ? logGroup('Forward') : undefined;
  }

  get all(): readonly LogGroup[] {
    const { ingest, apply, ofEvents, releaseCheck, deadLetters, access, comparison, forward } = this;
    const optional = [comparison, forward].filter((group) => group !== undefined);
    return [ingest, apply, ...Object.values(ofEvents ?? {}), releaseCheck, deadLetters, access, ...optional];
  }
}

/**
 * The name of a log group to which AWS services deliver. API Gateway and the log delivery of EventBridge add each to a resource policy
 * of the account for the region, which has a size limit, unless the name starts with `/aws/vendedlogs/`. The stack id avoids a conflict
 * with a log group that an earlier stack of this name left behind.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
 */
const vendedName = ({ stackName, stackId }: Stack, suffix = ''): string => {
  const uniqueId = Fn.select(2, Fn.split('/', stackId));
  return `/aws/vendedlogs/fractal-webhooks/${stackName}-${uniqueId}${suffix}`;
};

/**
 * The ARN of a log group as services store it. With the `:*` of `logGroupArn`, drift detection would always report a change.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigatewayv2-stage-accesslogsettings.html
 */
export const withoutStreams = (group: ILogGroup): string =>
  Stack.of(group).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: group.logGroupName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

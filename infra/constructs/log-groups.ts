import { Fn, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type LogGroupProps, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST, PCI } from '../acknowledge.ts';

const AWS_KEY =
  'Encrypted with the key of CloudWatch Logs. The functions log ids only; API Gateway logs the IP addresses of callers. customerManagedKey uses a key of the account.';

export interface LogGroupsProps {
  readonly retention: RetentionDays;
  readonly changeEvents: boolean;
  readonly removalPolicy: RemovalPolicy;
  readonly key: IKey | undefined;
}

/**
 * A log group per function, without personal data, and API Gateway's access log, with the IP address of each caller.
 */
export class LogGroups extends Construct {
  readonly ingest: LogGroup;
  readonly apply: LogGroup;
  readonly publish: LogGroup | undefined;
  readonly releaseCheck: LogGroup;
  readonly deadLetters: LogGroup;
  readonly access: LogGroup;

  constructor(scope: Construct, id: string, { key, changeEvents, ...props }: LogGroupsProps) {
    super(scope, id);
    const logGroup = (name: string, more: LogGroupProps = {}): LogGroup => {
      const group = new LogGroup(this, name, { ...props, ...more, ...(key && { encryptionKey: key }) });
      if (!key) acknowledge(group, AWS_KEY, ['CKV_AWS_158', ...inPacks('CloudWatchLogGroupEncrypted', NIST, HIPAA, PCI)]);
      return group;
    };
    this.ingest = logGroup('Ingest');
    this.apply = logGroup('Apply');
    this.publish = changeEvents ? logGroup('Publish') : undefined;
    this.releaseCheck = logGroup('ReleaseCheck');
    this.deadLetters = logGroup('DeadLetters');
    this.access = logGroup('Access', { logGroupName: accessLogName(Stack.of(this)) });
  }

  get all(): readonly LogGroup[] {
    const { ingest, apply, publish, releaseCheck, deadLetters, access } = this;
    return [ingest, apply, ...(publish ? [publish] : []), releaseCheck, deadLetters, access];
  }
}

/**
 * API Gateway adds each access log group to the account's resource policy for the region, which has a size limit, unless the
 * name starts with `/aws/vendedlogs/`. The stack id avoids a conflict with a log group that an earlier stack of this name left
 * behind.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
 */
const accessLogName = ({ stackName, stackId }: Stack): string => {
  const uniqueId = Fn.select(2, Fn.split('/', stackId));
  return `/aws/vendedlogs/fractal-webhooks/${stackName}-${uniqueId}`;
};

import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface LogGroupsProps {
  readonly retention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  readonly key: IKey | undefined;
}

/** A log group per function, and one for the requests that API Gateway saw. No personal data is in any. */
export class LogGroups extends Construct {
  readonly ingest: LogGroup;
  readonly apply: LogGroup;
  readonly access: LogGroup;

  constructor(scope: Construct, id: string, { key, ...props }: LogGroupsProps) {
    super(scope, id);
    const logGroup = (name: string) => new LogGroup(this, name, { ...props, ...(key && { encryptionKey: key }) });
    this.ingest = logGroup('Ingest');
    this.apply = logGroup('Apply');
    this.access = logGroup('Access');
  }
}

import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST, PCI } from '../acknowledge.ts';

const AWS_KEY =
  'Encrypted with the key of CloudWatch Logs; no personal data, token or signature is logged. customerManagedKey=true takes a key of the account.';

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
    const logGroup = (name: string): LogGroup => {
      const group = new LogGroup(this, name, { ...props, ...(key && { encryptionKey: key }) });
      if (!key) acknowledge(group, AWS_KEY, inPacks('CloudWatchLogGroupEncrypted', NIST, HIPAA, PCI));
      return group;
    };
    this.ingest = logGroup('Ingest');
    this.apply = logGroup('Apply');
    this.access = logGroup('Access');
  }
}

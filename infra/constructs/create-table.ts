import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST } from '../acknowledge.ts';
import type { Settings } from '../settings.ts';

export interface TableOptions {
  readonly removalPolicy: RemovalPolicy;
  readonly settings: Pick<Settings, 'recoveryDays' | 'tableProtection' | 'warmWrites'>;
  readonly key: IKey | undefined;
  /** Whether the table has a stream of the old and new images. */
  readonly stream?: boolean;
}

/** A table with the keys `pk` and `sk`, point-in-time recovery and, if it is set, deletion protection. */
export const createTable = (scope: Construct, { removalPolicy, settings, key, stream = false }: TableOptions): Table => {
  const table = new Table(scope, 'Table', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: settings.recoveryDays },
    ...(key && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }),
    deletionProtection: settings.tableProtection,
    ...(settings.warmWrites !== undefined && { warmThroughput: { writeUnitsPerSecond: settings.warmWrites } }),
    ...(stream && { stream: StreamViewType.NEW_AND_OLD_IMAGES }),
    removalPolicy,
  });
  acknowledge(
    table,
    'Point-in-time recovery can restore the table to any second of the recovery period, which a backup plan cannot. A backup plan of the account can still include it.',
    inPacks('DynamoDBInBackupPlan', NIST, HIPAA),
  );
  if (!key) {
    acknowledge(table, 'Encrypted with a key of DynamoDB. customerManagedKey=true uses a key of the account.', ['CKV_AWS_119']);
  }
  return table;
};

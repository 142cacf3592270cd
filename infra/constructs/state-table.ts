import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST } from '../acknowledge.ts';

export interface StateTableProps {
  readonly removalPolicy: RemovalPolicy;
  /** For how many days back it can be restored to any second. */
  readonly recoveryDays: number;
  readonly key: IKey | undefined;
}

/** The table that teams read: one item per subject and facet. */
export class StateTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { removalPolicy, recoveryDays, key }: StateTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: recoveryDays },
      ...(key && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }),
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    });
    acknowledge(
      this.table,
      'Point-in-time recovery restores it to any second of its window, which a backup plan could not. A plan of the account can still select it.',
      inPacks('DynamoDBInBackupPlan', NIST, HIPAA),
    );
  }

  /** Lets it update items, and neither read nor delete them. */
  grantUpdate(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['dynamodb:UpdateItem'], resourceArns: [this.table.tableArn] });
  }
}

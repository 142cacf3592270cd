import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST } from '../acknowledge.ts';
import type { Settings } from '../settings.ts';

export interface StateTableProps {
  readonly removalPolicy: RemovalPolicy;
  readonly settings: Pick<Settings, 'recoveryDays' | 'tableProtection'>;
  readonly key: IKey | undefined;
}

/** The table that teams read: one item per subject and facet. */
export class StateTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { removalPolicy, settings, key }: StateTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: settings.recoveryDays },
      ...(key && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key }),
      deletionProtection: settings.tableProtection,
      removalPolicy,
    });
    acknowledge(
      this.table,
      'Point-in-time recovery restores it to any second of its window, which a backup plan could not. A plan of the account can still select it.',
      inPacks('DynamoDBInBackupPlan', NIST, HIPAA),
    );
  }

  /** Lets it read and delete the items of one partition, and no others. */
  grantTidyUp(grantee: IGrantable, partition: string): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:DeleteItem'],
      resourceArns: [this.table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [partition] } },
    });
  }

  /** Lets it update items, and neither read nor delete them. */
  grantUpdate(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['dynamodb:UpdateItem'], resourceArns: [this.table.tableArn] });
  }
}

import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { createTable, type TableOptions } from './create-table.ts';

/** The history: one record per delivery, which apply writes once. Only the policy Erase deletes any. */
export class HistoryTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, options: Omit<TableOptions, 'stream'>) {
    super(scope, id);
    this.table = createTable(this, options);
  }

  /** Grants adding records, but not reading or deleting them. PutItem can replace a record only without apply's condition. */
  grantAdd(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['dynamodb:PutItem'], resourceArns: [this.table.tableArn] });
  }
}

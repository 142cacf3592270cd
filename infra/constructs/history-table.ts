import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable, type ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ERASURES, HISTORY_START } from '../../functions/core/record.ts';
import { puttingUnder, readingUnder } from './attributes-only.ts';
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

  /** Grants reading records by key, but not scanning them. */
  grantRead(grantee: IGrantable): Grant {
    const actions = ['dynamodb:GetItem', 'dynamodb:Query'];
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableArn] });
  }

  /** Grants reading who was erased, as hashes. */
  grantReadErasures(grantee: ManagedPolicy): void {
    grantee.addStatements(readingUnder(this.table.tableArn, ERASURES));
  }

  /** Grants saying since when the history is complete. */
  grantStart(grantee: ManagedPolicy): void {
    grantee.addStatements(puttingUnder(this.table.tableArn, HISTORY_START.pk));
  }
}

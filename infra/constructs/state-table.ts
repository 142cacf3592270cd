import type { RemovalPolicy } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable, type ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { KEY_ATTRIBUTES } from '../../functions/core/facets.ts';
import { COMPARED_ATTRIBUTES } from '../../functions/reconcile/known.ts';
import type { Settings } from '../settings.ts';
import { lookingUpOnly, readingOnly } from './attributes-only.ts';
import { createTable } from './create-table.ts';

export interface StateTableProps {
  readonly removalPolicy: RemovalPolicy;
  readonly settings: Pick<Settings, 'recoveryDays' | 'tableProtection' | 'warmWrites' | 'changeEvents'>;
  readonly key: IKey | undefined;
}

/** The table that teams read: one item per subject and facet. */
export class StateTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { removalPolicy, settings, key }: StateTableProps) {
    super(scope, id);
    this.table = createTable(this, { removalPolicy, settings, key, stream: settings.changeEvents });
  }

  /** Grants reading and deleting items of this partition only. */
  grantTidyUp(grantee: IGrantable, partition: string): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:DeleteItem'],
      resourceArns: [this.table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [partition] } },
    });
  }

  /** Grants listing the keys of all items, and nothing but keys. */
  grantListKeys(grantee: ManagedPolicy): void {
    grantee.addStatements(readingOnly(['dynamodb:Scan'], this.table.tableArn, KEY_ATTRIBUTES));
  }

  /** Grants looking up whether there is an item with a key, and nothing but keys. */
  grantLookUpKeys(grantee: ManagedPolicy): void {
    grantee.addStatements(lookingUpOnly(this.table.tableArn, KEY_ATTRIBUTES));
  }

  /** Grants reading what a comparison needs of all items, and no personal data. */
  grantCompare(grantee: ManagedPolicy): void {
    grantee.addStatements(readingOnly(['dynamodb:Scan'], this.table.tableArn, COMPARED_ATTRIBUTES));
  }

  /** @throws Error if the table has no stream because changeEvents is false */
  get streamArn(): string {
    const { tableStreamArn } = this.table;
    if (tableStreamArn === undefined) throw new Error('The table has no stream.');
    return tableStreamArn;
  }

  /** Grants what Lambda's poller needs to read the stream with the function's role (AWS). */
  grantStream(grantee: ManagedPolicy): void {
    const actions = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];
    Grant.addToPrincipal({ grantee, actions, resourceArns: [this.streamArn] });
    // ListStreams does not support resource-level permissions (AWS, Service Authorization Reference).
    Grant.addToPrincipal({ grantee, actions: ['dynamodb:ListStreams'], resourceArns: ['*'] });
  }

  /** Grants reading items by key, but not scanning the table or reading the stream. */
  grantRead(grantee: IGrantable): Grant {
    const actions = ['dynamodb:GetItem', 'dynamodb:Query'];
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableArn] });
  }

  /** Grants updating items, but not reading or deleting them. */
  grantUpdate(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['dynamodb:UpdateItem'], resourceArns: [this.table.tableArn] });
  }
}

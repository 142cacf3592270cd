import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/*
 * Statements for some attributes of a table, or some of its partitions.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */

/** Allows reading these attributes only. */
export const readingOnly = (actions: string[], table: string, attributes: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    actions,
    resources: [table],
    conditions: {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...attributes] },
      StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    },
  });

/** Allows reading these attributes only of items by key. These requests have no `Select`. */
export const lookingUpOnly = (table: string, attributes: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    actions: ['dynamodb:BatchGetItem'],
    resources: [table],
    conditions: {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...attributes] },
      StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    },
  });

/** Allows updating these attributes only, and reading no others. */
export const updatingOnly = (table: string, attributes: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    // PutItem would replace an item with all its other attributes.
    actions: ['dynamodb:UpdateItem'],
    resources: [table],
    conditions: {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...attributes] },
      // Without a value, ForAllValues would be true (AWS).
      Null: { 'dynamodb:Attributes': 'false' },
      StringEqualsIfExists: { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'] },
    },
  });

/** Allows putting items into this partition only. */
export const puttingUnder = (table: string, partition: string): PolicyStatement =>
  new PolicyStatement({
    actions: ['dynamodb:PutItem'],
    resources: [table],
    conditions: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [partition] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  });

/** Allows reading items of this partition only, by key. */
export const readingUnder = (table: string, partition: string): PolicyStatement =>
  new PolicyStatement({
    actions: ['dynamodb:BatchGetItem'],
    resources: [table],
    conditions: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [partition] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  });

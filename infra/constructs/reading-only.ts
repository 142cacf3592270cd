import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * Allows reading these attributes of a table only.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export const readingOnly = (actions: string[], table: string, attributes: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    actions,
    resources: [table],
    conditions: {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...attributes] },
      StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    },
  });

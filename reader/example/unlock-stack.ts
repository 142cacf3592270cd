import { join } from 'node:path';
import { Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface UnlockStackProps extends StackProps {
  /** The output EventBusName of the receiver. */
  readonly eventBusName: string;
  /** The output TableName of the receiver. */
  readonly statesTableName: string;
}

/** A team's own stack: a table of users, and the function that unlocks them. */
export class UnlockStack extends Stack {
  constructor(scope: Construct, id: string, { eventBusName, statesTableName, ...props }: UnlockStackProps) {
    super(scope, id, props);
    const users = new Table(this, 'Users', {
      partitionKey: { name: 'user_id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
    });
    const notUnlocked = new Queue(this, 'NotUnlocked');
    const unlock = new NodejsFunction(this, 'Unlock', {
      entry: join(import.meta.dirname, 'unlock.ts'),
      runtime: Runtime.NODEJS_24_X,
      environment: { USERS_TABLE_NAME: users.tableName, STATES_TABLE_NAME: statesTableName },
      // Events on which the function fails three times move to this queue.
      deadLetterQueue: notUnlocked,
    });
    users.grantWriteData(unlock);
    Table.fromTableName(this, 'States', statesTableName).grant(unlock, 'dynamodb:Query');
    new Rule(this, 'PlusApproved', {
      eventBus: EventBus.fromEventBusName(this, 'Changes', eventBusName),
      eventPattern: {
        source: ['fractal-webhooks'],
        detailType: ['verification_approved'],
        detail: { level: ['plus'] },
      },
      // So do events that EventBridge can't pass to Lambda for a day.
      targets: [new LambdaFunction(unlock, { deadLetterQueue: notUnlocked })],
    });
  }
}

import { ACCOUNT_ID, physicalName, REGION } from '../aws/account.ts';
import type { Subscription } from '../engines/sns.ts';
import type { Creator } from '../template/resolve.ts';

/** AWS::SNS::Topic. The terminal, which prints the alarms, counts as a subscriber. */
export const createTopic =
  (subscriptions: Map<string, Subscription>, stackName: string): Creator =>
  (logicalId) => {
    const topicArn = `arn:aws:sns:${REGION}:${ACCOUNT_ID}:${physicalName(stackName, logicalId)}`;
    subscriptions.set(`${topicArn}:terminal`, { topicArn, protocol: 'terminal', endpoint: 'local' });
    return { ref: topicArn };
  };

/** AWS::SNS::Subscription. */
export const createSubscription =
  (subscriptions: Map<string, Subscription>): Creator =>
  (logicalId, { TopicArn, Protocol, Endpoint }) => {
    const arn = `${TopicArn}:${logicalId}`;
    subscriptions.set(arn, { topicArn: TopicArn, protocol: Protocol, endpoint: Endpoint });
    return { ref: arn };
  };

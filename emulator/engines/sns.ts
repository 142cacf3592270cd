import { ACCOUNT_ID } from '../aws/account.ts';
import type { Service } from '../aws/request.ts';
import { xmlAnswer, xmlElements, xmlError } from '../aws/xml.ts';

export interface Subscription {
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

/** SNS, as far as this project uses it: listing and removing subscriptions. Sends nothing. */
export const createSns =
  (subscriptions: Map<string, Subscription>): Service =>
  async ({ action, body }) => {
    const input = new URLSearchParams(body.toString());
    switch (action) {
      case 'ListSubscriptionsByTopic': {
        const members = [...subscriptions]
          .filter(([, { topicArn }]) => topicArn === input.get('TopicArn'))
          .map(([SubscriptionArn, { topicArn: TopicArn, protocol: Protocol, endpoint: Endpoint }]) =>
            xmlElements({ SubscriptionArn, Owner: ACCOUNT_ID, Protocol, Endpoint, TopicArn }),
          );
        return xmlAnswer(
          action,
          `<Subscriptions>${members.map((facts) => `<member>${facts}</member>`).join('')}</Subscriptions>`,
        );
      }
      case 'Unsubscribe':
        subscriptions.delete(input.get('SubscriptionArn') ?? '');
        return xmlAnswer(action, '');
      default:
        return xmlError('InvalidAction', `The local SNS does not support ${action}`);
    }
  };

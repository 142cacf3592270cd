import { ACCOUNT_ID } from '../account.ts';
import type { Service } from '../endpoint/request.ts';
import { xmlAnswer, xmlElements, xmlError } from './xml.ts';

export interface Subscription {
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

/** SNS, as far as this project uses it: who is subscribed to the topics. Nothing is sent to anybody. */
export const createSns =
  (subscriptions: readonly Subscription[]): Service =>
  async ({ action, body }) => {
    if (action !== 'ListSubscriptionsByTopic') return xmlError('InvalidAction', `The local SNS has no ${action}`);
    const wanted = new URLSearchParams(body.toString()).get('TopicArn');
    const members = subscriptions
      .filter(({ topicArn }) => topicArn === wanted)
      .map(({ topicArn, protocol, endpoint }, index) => {
        const facts = { SubscriptionArn: `${topicArn}:${index}`, TopicArn: topicArn, Protocol: protocol, Endpoint: endpoint };
        return `<member>${xmlElements({ ...facts, Owner: ACCOUNT_ID })}</member>`;
      });
    return xmlAnswer(action, `<Subscriptions>${members.join('')}</Subscriptions>`);
  };

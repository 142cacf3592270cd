import {
  type EventBridgeClient,
  ListRulesCommand,
  type ListRulesCommandOutput,
  ListTargetsByRuleCommand,
  type ListTargetsByRuleCommandOutput,
  type Rule,
  type Target as RuleTarget,
} from '@aws-sdk/client-eventbridge';
import { LISTENER_PREFIX } from '../../functions/core/stack-contract.ts';

export const DAY_MS = 86_400_000;
// AWS rejects the calls of a machine whose clock is more than five minutes off.
const CLOCKS_DIFFER_AT_MOST_MS = 10 * 60_000;

/** The rules on a bus, without those that AWS manages, such as that of an archive. */
export const rulesOn = async (eventBridge: EventBridgeClient, bus: string, prefix?: string): Promise<Rule[]> => {
  const rules: Rule[] = [];
  let page: ListRulesCommandOutput | undefined;
  do {
    page = await eventBridge.send(
      new ListRulesCommand({ EventBusName: bus, ...(prefix && { NamePrefix: prefix }), NextToken: page?.NextToken }),
    );
    rules.push(...(page.Rules ?? []));
  } while (page.NextToken !== undefined);
  return rules.filter(({ ManagedBy }) => ManagedBy === undefined);
};

export const targetsOf = async (eventBridge: EventBridgeClient, bus: string, rule: string): Promise<RuleTarget[]> => {
  const targets: RuleTarget[] = [];
  let page: ListTargetsByRuleCommandOutput | undefined;
  do {
    page = await eventBridge.send(new ListTargetsByRuleCommand({ EventBusName: bus, Rule: rule, NextToken: page?.NextToken }));
    targets.push(...(page.Targets ?? []));
  } while (page.NextToken !== undefined);
  return targets;
};

/** The ARN of a queue in the account and region of this bus. */
export const queueArnOf = (busArn: string, queueUrl: string): string =>
  busArn.replace(':events:', ':sqs:').replace(/:event-bus\/.*/, `:${queueUrl.split('/').at(-1)}`);

/** When a listener of this name started, in epoch milliseconds; `undefined` if no listener has this name. */
export const listenerStart = (name: string): number | undefined => {
  const [, at] = /-(\d{13})-[0-9a-f]{8}$/.exec(name.startsWith(LISTENER_PREFIX) ? name : '') ?? [];
  return at === undefined ? undefined : Number(at);
};

/** Whether a rule below the prefix is left over: no listener runs for more than a day, or starts in the future. */
export const isLeftOver = (name: string, now: number): boolean => {
  const start = listenerStart(name);
  return start === undefined || now - start > DAY_MS || start - now > CLOCKS_DIFFER_AT_MOST_MS;
};

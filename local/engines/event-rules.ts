import { ACCOUNT_ID, REGION } from '../account.ts';
import type { DeliveredEvent } from './delivered-event.ts';
import { matches } from './event-pattern.ts';

export interface Rule {
  readonly Name: string;
  readonly EventBusName: string;
  /** JSON, or an object. */
  readonly EventPattern: unknown;
}

/** The target of a rule: a queue or a function. It receives events untransformed. */
export interface RuleTarget {
  readonly Id: string;
  readonly Arn: string;
}

const PLAYED = ['Id', 'Arn', 'DeadLetterConfig', 'RetryPolicy'];

export const ruleArn = ({ EventBusName, Name }: Pick<Rule, 'Name' | 'EventBusName'>): string =>
  `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${EventBusName}/${Name}`;

/** The rules of the buses by ARN: those of the template, and those created while the stack runs. */
export const createRules = (send: (ruleArn: string, targetArn: string, event: DeliveredEvent) => Promise<void>) => {
  const rules = new Map<string, { readonly rule: Rule; readonly targets: Map<string, RuleTarget> }>();

  return {
    put: (rule: Rule): string => {
      const EventPattern = typeof rule.EventPattern === 'string' ? JSON.parse(rule.EventPattern) : rule.EventPattern;
      const arn = ruleArn(rule);
      rules.set(arn, { rule: { ...rule, EventPattern }, targets: rules.get(arn)?.targets ?? new Map() });
      return arn;
    },
    /** @throws Error for unsupported properties of a target */
    aim: (arn: string, targets: readonly RuleTarget[]): void => {
      for (const target of targets) {
        const unplayed = Object.keys(target).find((name) => !PLAYED.includes(name));
        if (unplayed) throw new Error(`The local EventBridge does not support ${unplayed} of a rule's target`);
        rules.get(arn)?.targets.set(target.Id, target);
      }
    },
    has: (arn: string): boolean => rules.has(arn),
    removeTargets: (arn: string, ids: readonly string[]): void => {
      for (const id of ids) rules.get(arn)?.targets.delete(id);
    },
    remove: (arn: string): boolean => rules.delete(arn),
    names: (): readonly Rule[] => [...rules.values()].map(({ rule }) => rule),
    /** Sends an event to the targets of the bus's matching rules. @param only the ARNs of the rules to consider (default: all) */
    route: async (bus: string, event: DeliveredEvent, only?: readonly string[]): Promise<void> => {
      for (const [arn, { rule, targets }] of rules) {
        if (rule.EventBusName !== bus || (only && !only.includes(arn)) || !matches(rule.EventPattern, event)) continue;
        for (const { Arn } of targets.values()) await send(arn, Arn, event);
      }
    },
  };
};

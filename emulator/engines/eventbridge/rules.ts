import { ACCOUNT_ID, REGION } from '../../aws/account.ts';
import type { DeliveredEvent } from './delivered-event.ts';
import { readPattern } from './pattern.ts';

export interface Rule {
  readonly Name: string;
  readonly EventBusName: string;
  /** JSON, or an object. */
  readonly EventPattern: unknown;
}

/** The target of a rule: a queue or a function. */
export interface RuleTarget {
  readonly Id: string;
  readonly Arn: string;
  readonly InputTransformer?: { readonly InputTemplate: string };
}

const PLAYED = ['Id', 'Arn', 'InputTransformer', 'DeadLetterConfig', 'RetryPolicy'];
const EVENT = '<aws.events.event.json>';

export const ruleArn = ({ EventBusName, Name }: Pick<Rule, 'Name' | 'EventBusName'>): string =>
  `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${EventBusName}/${Name}`;

const isPlayed = ({ InputTemplate, ...others }: { readonly InputTemplate: string }): boolean =>
  Object.keys(others).length === 0 && !/<[^>]*>/.test(InputTemplate.replace(EVENT, ''));

/**
 * What a target receives. In a template, the event is a JSON value.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export const inputOf = ({ InputTransformer }: RuleTarget, event: DeliveredEvent): string => {
  const json = JSON.stringify(event);
  return InputTransformer ? InputTransformer.InputTemplate.replace(EVENT, () => json) : json;
};

interface RuleInUse {
  readonly rule: Rule;
  readonly matches: (event: unknown) => boolean;
  readonly targets: Map<string, RuleTarget>;
}

/** The rules of the buses by ARN: those of the template, and those created while the stack runs. */
export const createRules = (send: (ruleArn: string, target: RuleTarget, event: DeliveredEvent) => Promise<void>) => {
  const rules = new Map<string, RuleInUse>();

  return {
    /** @throws Error if the pattern is not valid */
    put: (rule: Rule): string => {
      const EventPattern = typeof rule.EventPattern === 'string' ? JSON.parse(rule.EventPattern) : rule.EventPattern;
      const arn = ruleArn(rule);
      const targets = rules.get(arn)?.targets ?? new Map();
      rules.set(arn, { rule: { ...rule, EventPattern }, matches: readPattern(EventPattern), targets });
      return arn;
    },
    /** @throws Error for unsupported properties of a target */
    aim: (arn: string, targets: readonly RuleTarget[]): void => {
      for (const target of targets) {
        const unplayed = Object.keys(target).find((name) => !PLAYED.includes(name));
        if (unplayed) throw new Error(`The local EventBridge does not support ${unplayed} of a rule's target`);
        const { InputTransformer } = target;
        if (InputTransformer && !isPlayed(InputTransformer))
          throw new Error(`The local EventBridge supports no variable but ${EVENT} in an InputTemplate`);
        rules.get(arn)?.targets.set(target.Id, target);
      }
    },
    has: (arn: string): boolean => rules.has(arn),
    removeTargets: (arn: string, ids: readonly string[]): void => {
      for (const id of ids) rules.get(arn)?.targets.delete(id);
    },
    targets: (arn: string): readonly RuleTarget[] => [...(rules.get(arn)?.targets.values() ?? [])],
    remove: (arn: string): boolean => rules.delete(arn),
    names: (): readonly Rule[] => [...rules.values()].map(({ rule }) => rule),
    /** Sends an event to the targets of the bus's matching rules. @param only the ARNs of the rules to consider (default: all) */
    route: async (bus: string, event: DeliveredEvent, only?: readonly string[]): Promise<void> => {
      for (const [arn, { rule, matches, targets }] of rules) {
        if (rule.EventBusName !== bus || (only && !only.includes(arn)) || !matches(event)) continue;
        for (const target of targets.values()) await send(arn, target, event);
      }
    },
  };
};

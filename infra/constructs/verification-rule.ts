import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { type EventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from '../../functions/core/event.ts';

export interface VerificationRuleProps {
  /** The level to match. Default: all levels. */
  readonly level?: string;
  readonly status: 'approved' | 'contacted' | 'rejected';
  /** Invoked at least once for each change. */
  readonly target: IRuleTarget;
}

const STATUSES = ['approved', 'contacted', 'rejected'];

/**
 * A rule that invokes a target when a level gets a status.
 *
 * @throws Error if the status is unknown, or the scope is in another region or account: a rule is where its bus is
 */
export const createVerificationRule = (
  scope: Construct,
  id: string,
  eventBus: EventBus,
  { level, status, target }: VerificationRuleProps,
): Rule => {
  if (!STATUSES.includes(status)) throw new Error(`The status is "${status}"; it must be one of ${STATUSES.join(', ')}.`);
  const [here, there] = [Stack.of(scope), Stack.of(eventBus)];
  for (const what of ['region', 'account'] as const) {
    if (Token.compareStrings(here[what], there[what]) === TokenComparison.DIFFERENT) {
      throw new Error(
        `${here.stackName} is in the ${what} ${here[what]}, and the event bus in ${there[what]}: a rule must be where its bus is. Create the rule in a stack there; its target can forward the event to a bus here.`,
      );
    }
  }
  return new Rule(scope, id, {
    eventBus,
    eventPattern: {
      source: [EVENT_SOURCE],
      detailType: [`verification_${status}`],
      ...(level !== undefined && { detail: { level: [level] } }),
    },
    targets: [target],
  });
};

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

/** A rule that invokes a target when a level gets a status. @throws Error if the status is unknown */
export const createVerificationRule = (
  scope: Construct,
  id: string,
  eventBus: EventBus,
  { level, status, target }: VerificationRuleProps,
): Rule => {
  if (!STATUSES.includes(status)) throw new Error(`The status is "${status}"; it must be one of ${STATUSES.join(', ')}.`);
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

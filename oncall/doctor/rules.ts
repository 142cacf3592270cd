import { EventBridgeClient, type Target as RuleTarget } from '@aws-sdk/client-eventbridge';
import { LISTENER_PREFIX } from '../../functions/core/stack-contract.ts';
import { mapConcurrent } from '../../functions/map-concurrent.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { CALLED } from '../called.ts';
import { isLeftOver, queueArnOf, rulesOn, targetsOf } from '../events/rules.ts';
import type { EventParts, Target } from '../target.ts';
import { type Finding, ok, wrong } from './finding.ts';

const CONCURRENCY = 4;

/** Who else receives the events: the rules on the bus that neither the template nor an active listener has created. */
export const checkRules = async ({ client, options }: Target, events: EventParts): Promise<Finding> => {
  const eventBridge = new EventBridgeClient(client);
  const { busName, busArn } = events;
  const names = (await rulesOn(eventBridge, busName)).map(({ Name = '' }) => Name).sort();
  const targets = new Map<string, readonly RuleTarget[]>();
  await mapConcurrent(CONCURRENCY, names, async (name) => {
    targets.set(name, await targetsOf(eventBridge, busName, name));
  });

  const listeners = names.filter((name) => name.startsWith(LISTENER_PREFIX));
  const leftOver = listeners.filter((name) => isLeftOver(name, Date.now()));
  const aimsOnlyAt = (name: string, queueUrl: string): boolean =>
    // Stryker disable next-line ArrayDeclaration: the targets of all rules are read.
    (targets.get(name) ?? []).every((target) => arnsOf(target).every((arn) => arn === queueArnOf(busArn, queueUrl)));
  const others = names.filter(
    (name) =>
      !leftOver.includes(name) && !aimsOnlyAt(name, listeners.includes(name) ? events.listenerQueueUrl : events.checkQueueUrl),
  );
  const list = (some: readonly string[]) => some.map((name) => inWords(name, targets.get(name))).join('; ');
  const more = others.length > 0 && `${count(others.length, 'more rule')}: ${list(others)}`;
  if (leftOver.length > 0) {
    const says = [`left by listeners that did not end properly: ${list(leftOver)}`, more].filter(Boolean).join('; ');
    return wrong('rules', says, `Every new listener deletes them: ${CALLED} events --follow${options}`);
  }
  return ok('rules', more || 'nobody else receives the events of this bus');
};

/** The target, and the queue that gets the events which do not reach it. */
const arnsOf = ({ Arn = '', DeadLetterConfig }: RuleTarget): string[] => [
  Arn,
  ...(DeadLetterConfig?.Arn ? [DeadLetterConfig.Arn] : []),
];

// Stryker disable next-line ArrayDeclaration: the targets of all rules are read.
const inWords = (name: string, targets: readonly RuleTarget[] = []): string =>
  visible(`${name} → ${targets.flatMap(arnsOf).join(', ') || 'no target'}`);

import { awsError, type Service } from '../../aws/request.ts';
import { deleteRule } from './delete-rule.ts';
import type { DeliveredEvent } from './delivered-event.ts';
import { describeEventBus } from './describe-event-bus.ts';
import { describeReplay } from './describe-replay.ts';
import { listRules } from './list-rules.ts';
import { listTargetsByRule } from './list-targets-by-rule.ts';
import { putEvents } from './put-events.ts';
import { putRule } from './put-rule.ts';
import { putTargets } from './put-targets.ts';
import { removeTargets } from './remove-targets.ts';
import { createRules, type RuleTarget } from './rules.ts';
import { startReplay } from './start-replay.ts';
import type { Action, Bridge } from './state.ts';

const ACTIONS: Readonly<Record<string, Action>> = {
  DescribeEventBus: describeEventBus,
  PutEvents: putEvents,
  PutRule: putRule,
  PutTargets: putTargets,
  RemoveTargets: removeTargets,
  ListTargetsByRule: listTargetsByRule,
  DeleteRule: deleteRule,
  ListRules: listRules,
  StartReplay: startReplay,
  DescribeReplay: describeReplay,
};

export interface EventBridgeOptions extends Pick<Bridge, 'refusesEntry' | 'onEvent'> {
  /** Sends an event to the target of a rule. */
  send(ruleArn: string, target: RuleTarget, event: DeliveredEvent): Promise<void>;
}

/** EventBridge: events with a result per entry, rules, and archives and replays of the last thousand events. */
export const createEventBridge = ({ refusesEntry, onEvent, send }: EventBridgeOptions) => {
  const bridge: Bridge = {
    buses: new Set(),
    archives: new Map(),
    rules: createRules(send),
    replays: new Set(),
    taken: [],
    refusesEntry,
    onEvent,
  };

  const serve: Service = async ({ action, body }) => {
    const perform = ACTIONS[action];
    return perform
      ? perform(bridge, JSON.parse(body.toString()), body.length)
      : awsError(400, 'UnknownOperationException', `The local EventBridge does not support ${action}`);
  };

  const { buses, archives, rules } = bridge;
  return { serve, buses, archives, rules, events: (): readonly DeliveredEvent[] => bridge.taken.map(({ event }) => event) };
};

export type EventBridge = ReturnType<typeof createEventBridge>;

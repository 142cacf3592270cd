import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID, REGION } from '../../aws/account.ts';
import { parseJson } from '../../aws/parse-json.ts';
import { type AwsResponse, awsAnswer, awsError, type Service } from '../../aws/request.ts';
import type { DeliveredEvent } from './delivered-event.ts';
import { matches } from './pattern.ts';
import { createRules, type RuleTarget, ruleArn } from './rules.ts';

interface Entry {
  readonly EventBusName?: string;
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
}

interface Replay {
  readonly ReplayName: string;
  readonly EventSourceArn: string;
  /** Epoch seconds, like the end time. */
  readonly EventStartTime: number;
  readonly EventEndTime: number;
  readonly Destination: { readonly FilterArns?: readonly string[] };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const ENTRIES_AT_MOST = 10;
const BYTES_AT_MOST = 256 * 1024;

const REMEMBERED = 1_000;

/** An archive gets its events from a rule that EventBridge manages. */
const managedRule = (EventBusName: string, archiveArn: string) => ({
  Name: `Events-Archive-${archiveArn.split('/').at(-1)}`,
  EventBusName,
  ManagedBy: 'prod.vhs.events.aws.internal',
});

export interface EventBridgeOptions {
  /** Whether a fault fails the next entry. */
  refusesEntry(): boolean;
  onEvent(event: DeliveredEvent): void;
  /** Sends an event to the target of a rule. */
  send(ruleArn: string, target: RuleTarget, event: DeliveredEvent): Promise<void>;
}

/**
 * EventBridge, as far as this project uses it: PutEvents with a result per entry, rules with queues and functions as targets, and
 * archives and replays of the last thousand events.
 */
export const createEventBridge = ({ refusesEntry, onEvent, send }: EventBridgeOptions) => {
  const taken: { readonly bus: string; readonly event: DeliveredEvent }[] = [];
  const buses = new Set<string>();
  const archives = new Map<string, { readonly bus: string; readonly pattern: unknown }>();
  const replays = new Set<string>();
  const rules = createRules(send);

  const take = async ({ EventBusName = 'default', Source, DetailType, Detail = '' }: Entry) => {
    if (!Source || !DetailType) return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source and DetailType are required' };
    if (!buses.has(EventBusName))
      return { ErrorCode: 'ResourceNotFound', ErrorMessage: `Event bus ${EventBusName} does not exist.` };
    const detail = parseJson(Detail);
    if (typeof detail !== 'object' || detail === null)
      return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    if (refusesEntry()) return { ErrorCode: 'InternalFailure', ErrorMessage: 'injected fault' };
    const event: DeliveredEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': DetailType,
      source: Source,
      account: ACCOUNT_ID,
      time: `${new Date().toISOString().slice(0, 19)}Z`,
      region: REGION,
      resources: [],
      detail,
    };
    taken.push({ bus: EventBusName, event });
    if (taken.length > REMEMBERED) taken.shift();
    // Answers only after queues have the event, so that it survives the end of this process.
    await rules.route(EventBusName, event);
    onEvent(event);
    return { EventId: event.id };
  };

  const putEvents = async (entries: readonly Entry[], bytes: number): Promise<AwsResponse> => {
    if (entries.length < 1 || entries.length > ENTRIES_AT_MOST || bytes > BYTES_AT_MOST) {
      const limits = `PutEvents accepts 1 to ${ENTRIES_AT_MOST} entries with a total of ${BYTES_AT_MOST} bytes`;
      return awsError(400, 'ValidationException', limits);
    }
    const answers: Readonly<Record<string, string>>[] = [];
    for (const entry of entries) answers.push(await take(entry));
    return awsAnswer({ FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers });
  };

  const replay = async (input: Replay): Promise<void> => {
    const { ReplayName, EventSourceArn, EventStartTime, EventEndTime, Destination } = input;
    const { bus, pattern } = archives.get(EventSourceArn) ?? {};
    replays.add(ReplayName);
    for (const { bus: at, event } of [...taken]) {
      const seconds = Date.parse(event.time) / 1_000;
      if (at !== bus || seconds < EventStartTime || seconds >= EventEndTime || !matches(pattern, event)) continue;
      await rules.route(at, { ...event, 'replay-name': ReplayName }, Destination.FilterArns);
    }
  };

  const serve: Service = async ({ action, body }) => {
    const input = JSON.parse(body.toString());
    const { Rule, Name = Rule, EventBusName = 'default' } = input;
    const arn = ruleArn({ EventBusName, Name });
    const missing = (what: string) => awsError(400, 'ResourceNotFoundException', `${what} does not exist.`);
    switch (action) {
      case 'PutEvents':
        return putEvents(input.Entries ?? [], body.length);
      case 'PutRule':
        return buses.has(EventBusName)
          ? awsAnswer({ RuleArn: rules.put({ ...input, EventBusName }) })
          : missing(`Event bus ${EventBusName}`);
      case 'PutTargets':
        if (!rules.has(arn)) return missing(`Rule ${Name}`);
        rules.aim(arn, input.Targets);
        return awsAnswer({ FailedEntryCount: 0, FailedEntries: [] });
      case 'RemoveTargets':
        rules.removeTargets(arn, input.Ids);
        return awsAnswer({ FailedEntryCount: 0, FailedEntries: [] });
      case 'ListTargetsByRule':
        return rules.has(arn) ? awsAnswer({ Targets: rules.targets(arn) }) : missing(`Rule ${Name}`);
      case 'DeleteRule':
        if (rules.targets(arn).length > 0)
          return awsError(400, 'ValidationException', "Rule can't be deleted since it has targets.");
        rules.remove(arn);
        return awsAnswer({});
      case 'ListRules': {
        const managed = [...archives].map(([archiveArn, { bus }]) => managedRule(bus, archiveArn));
        const named = [...rules.names(), ...managed].filter((rule) => rule.EventBusName === EventBusName);
        const Rules = named.filter((rule) => rule.Name.startsWith(input.NamePrefix ?? ''));
        return awsAnswer({ Rules: Rules.map((rule) => ({ ...rule, Arn: ruleArn(rule), EventPattern: undefined })) });
      }
      case 'StartReplay':
        if (!archives.has(input.EventSourceArn)) return missing(`Archive ${input.EventSourceArn}`);
        await replay(input);
        return awsAnswer({ State: 'STARTING' });
      case 'DescribeReplay':
        return replays.has(input.ReplayName) ? awsAnswer({ State: 'COMPLETED' }) : missing(`Replay ${input.ReplayName}`);
      default:
        return awsError(400, 'UnknownOperationException', `The local EventBridge does not support ${action}`);
    }
  };

  return { serve, buses, archives, rules, events: (): readonly DeliveredEvent[] => taken.map(({ event }) => event) };
};

export type EventBridge = ReturnType<typeof createEventBridge>;

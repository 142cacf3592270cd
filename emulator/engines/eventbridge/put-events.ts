import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID, REGION } from '../../aws/account.ts';
import { parseJson } from '../../aws/parse-json.ts';
import { awsAnswer, awsError } from '../../aws/request.ts';
import type { DeliveredEvent } from './delivered-event.ts';
import type { Action, Bridge } from './state.ts';

interface Entry {
  readonly EventBusName?: string;
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const ENTRIES_AT_MOST = 10;
const BYTES_AT_MOST = 256 * 1024;

const REMEMBERED = 1_000;

export const putEvents: Action = async (bridge, { Entries: entries = [] }, bytes) => {
  if (entries.length < 1 || entries.length > ENTRIES_AT_MOST || bytes > BYTES_AT_MOST) {
    const limits = `PutEvents accepts 1 to ${ENTRIES_AT_MOST} entries with a total of ${BYTES_AT_MOST} bytes`;
    return awsError(400, 'ValidationException', limits);
  }
  const answers: Readonly<Record<string, string>>[] = [];
  for (const entry of entries) answers.push(await take(bridge, entry));
  return awsAnswer({ FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers });
};

const take = async (bridge: Bridge, { EventBusName = 'default', Source, DetailType, Detail = '' }: Entry) => {
  const { buses, taken, rules, refusesEntry, onEvent } = bridge;
  if (!Source || !DetailType) return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source and DetailType are required' };
  const detail = parseJson(Detail);
  if (typeof detail !== 'object' || detail === null)
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  if (refusesEntry()) return { ErrorCode: 'InternalFailure', ErrorMessage: 'injected fault' };
  // Reported as a success, and dropped. https://github.com/aws/aws-sdk/issues/186
  if (!buses.has(EventBusName)) return { EventId: randomUUID() };
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

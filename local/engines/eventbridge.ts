import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID, REGION } from '../account.ts';
import { awsAnswer, awsError, type Service } from '../endpoint/request.ts';

/** An event as EventBridge delivers it. */
export interface DeliveredEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** To the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

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

export interface EventBridgeOptions {
  /** The names of the buses there are. */
  readonly buses: ReadonlySet<string>;
  /** Whether the next entry is refused, as one of several may be. */
  refusesEntry(): boolean;
  onEvent(event: DeliveredEvent): void;
}

/** EventBridge, as far as this project uses it: PutEvents, which says of each entry whether it was taken. */
export const createEventBridge = ({ buses, refusesEntry, onEvent }: EventBridgeOptions) => {
  const events: DeliveredEvent[] = [];

  const take = ({ EventBusName = 'default', Source, DetailType, Detail = '' }: Entry) => {
    if (!Source || !DetailType) return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source and DetailType are required' };
    if (!buses.has(EventBusName)) return { ErrorCode: 'ResourceNotFound', ErrorMessage: `There is no bus ${EventBusName}` };
    const detail = parsed(Detail);
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
    events.push(event);
    if (events.length > REMEMBERED) events.shift();
    onEvent(event);
    return { EventId: event.id };
  };

  const serve: Service = async ({ action, body }) => {
    if (action !== 'PutEvents') return awsError(400, 'UnknownOperationException', `The local EventBridge has no ${action}`);
    const { Entries = [] }: { readonly Entries?: readonly Entry[] } = JSON.parse(body.toString());
    if (Entries.length < 1 || Entries.length > ENTRIES_AT_MOST || body.length > BYTES_AT_MOST) {
      return awsError(
        400,
        'ValidationException',
        `PutEvents takes 1 to ${ENTRIES_AT_MOST} entries of ${BYTES_AT_MOST} bytes together`,
      );
    }
    const answers = Entries.map(take);
    return awsAnswer({ FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers });
  };

  return { serve, events: (): readonly DeliveredEvent[] => events };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

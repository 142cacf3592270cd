import * as v from 'valibot';
import { CREDENTIAL, EMAIL, type Key, LEVEL } from '../../functions/core/facets.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import type { Target } from '../target.ts';
import type { Contents, SetAsideChange } from './contents.ts';
import { discardedChanges } from './discarded.ts';

const Item = v.record(v.string(), v.unknown());

/** A change that publish set aside. */
const SetAside = v.object({
  v: v.literal(1),
  problem: v.string(),
  id: v.string(),
  key: v.object({ pk: v.string(), sk: v.string() }),
  before: v.optional(Item),
  after: v.optional(Item),
});

/** What S3 tells EventBridge about a batch that Lambda has discarded. */
const Discarded = v.object({
  source: v.literal('aws.s3'),
  detail: v.object({ bucket: v.object({ name: v.string() }), object: v.object({ key: v.string() }) }),
});

/** What Lambda sent in release 1.0 when the stream had kept a record for a day: a pointer to an expired record. */
const Expired = v.object({
  DDBStreamBatchInfo: v.object({
    approximateArrivalOfFirstRecord: v.string(),
    approximateArrivalOfLastRecord: v.string(),
    batchSize: v.number(),
  }),
});

/** What EventBridge sends when it could not use the key of the bus. */
const Undelivered = v.object({
  id: v.string(),
  source: v.string(),
  'detail-type': v.string(),
  detail: v.looseObject({
    id: v.string(),
    user_id: v.optional(v.string()),
    level: v.optional(v.string()),
    idos_human_id: v.optional(v.string()),
    credential_id: v.optional(v.string()),
    previous: v.nullable(Item),
  }),
});

/** Reads a message, and the object to which it points. @throws the errors of S3 other than that the object does not exist */
export const contentsOf = async (target: Target, body: string): Promise<Contents> => {
  const is = <Schema extends v.GenericSchema>(schema: Schema) => {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), body);
    return parsed.success ? parsed.output : undefined;
  };
  const setAside = is(SetAside);
  if (setAside) return changes([{ ...setAside, before: setAside.before as StoredItem | undefined }]);
  const undelivered = is(Undelivered);
  if (undelivered) return changes([changeIn(undelivered.detail)]);
  const discarded = is(Discarded);
  if (discarded && discarded.detail.bucket.name === target.discardedChangesBucket)
    return discardedChanges(target, target.discardedChangesBucket, discarded.detail.object.key);
  const info = is(Expired)?.DDBStreamBatchInfo;
  if (!info)
    return {
      kind: 'none',
      what: 'not of this stack',
      problem: 'it was put on the queue by other means',
      says: 'view it in the SQS console, and delete it if it is not needed',
    };
  return {
    kind: 'none',
    what: `${info.batchSize} changes from ${info.approximateArrivalOfFirstRecord} to ${info.approximateArrivalOfLastRecord}`,
    problem: 'publish failed for a day, and the stream no longer has them',
    says: 'see events-unpublished in oncall/RUNBOOK.md',
  };
};

const changes = (all: readonly SetAsideChange[]): Contents => ({ kind: 'changes', changes: all });

/** The change that an undelivered event was about. Unchanged, it could follow a newer event of its item. */
const changeIn = (detail: v.InferOutput<typeof Undelivered>['detail']): SetAsideChange => ({
  id: detail.id,
  key: keyOf(detail),
  before: detail.previous ? ({ ...detail, ...detail.previous } as StoredItem) : undefined,
  problem: 'EventBridge could not use the key of the bus',
});

const keyOf = ({ user_id = '', level, idos_human_id, credential_id = '' }: v.InferOutput<typeof Undelivered>['detail']): Key => {
  if (idos_human_id !== undefined) return CREDENTIAL.keyOf({ idos_human_id, credential_id });
  return level === undefined ? EMAIL.keyOf({ user_id }) : LEVEL.keyOf({ user_id, level });
};

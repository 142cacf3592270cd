import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { type DetailType, EVENT_DETAILS, EVENT_SOURCE } from '../functions/core/event.ts';

/** Where the schema of an event is, beside an example of it. */
export const EVENTS_FOLDER = `${import.meta.dirname}/events`;

/** An event as a rule's target gets it, of this type. */
const deliveredOf = (type: DetailType) =>
  v.object({
    version: v.literal('0'),
    id: v.pipe(
      v.string(),
      v.description("EventBridge's own. An event that comes twice may have another; detail.id is the same."),
    ),
    'detail-type': v.literal(type),
    source: v.literal(EVENT_SOURCE),
    account: v.string(),
    time: v.pipe(v.string(), v.description('When it was published, to the second. detail.as_of is when it became true.')),
    region: v.string(),
    resources: v.array(v.string()),
    detail: EVENT_DETAILS[type],
  });

/** The JSON Schema of each event, as text, by its detail type. */
export const eventSchemas = (): ReadonlyMap<DetailType, string> => {
  const types = Object.keys(EVENT_DETAILS) as DetailType[];
  return new Map(
    types.map((type) => {
      const schema = { $schema: 'http://json-schema.org/draft-07/schema#', title: type, ...toJsonSchema(deliveredOf(type)) };
      return [type, `${JSON.stringify(schema, undefined, 2)}\n`];
    }),
  );
};

/** @throws ValiError if it is no such event */
export const parseEvent = (type: DetailType, event: unknown) => v.parse(deliveredOf(type), event);

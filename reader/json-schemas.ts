import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { type DetailType, EVENT_DETAILS, EVENT_SOURCE, SNAPSHOT_SOURCE } from '../functions/core/event.ts';
import { ITEMS } from './item-schemas.ts';

/** An event of this type, as a rule's target receives it. */
const deliveredOf = (type: DetailType) =>
  v.object({
    version: v.literal('0'),
    id: v.pipe(
      v.string(),
      v.description('The id that EventBridge assigns. It can differ if an event is delivered twice; detail.id is the same.'),
    ),
    'detail-type': v.literal(type),
    source: v.picklist([EVENT_SOURCE, SNAPSHOT_SOURCE]),
    account: v.string(),
    time: v.pipe(
      v.string(),
      v.description('When the event was published, in seconds. detail.as_of is when the change became true.'),
    ),
    region: v.string(),
    resources: v.array(v.string()),
    detail: EVENT_DETAILS[type],
  });

/** The JSON Schemas of all items and events as text, by file path relative to this folder. */
export const jsonSchemas = (): ReadonlyMap<string, string> => {
  const events = Object.keys(EVENT_DETAILS) as DetailType[];
  return new Map([
    ...Object.entries(ITEMS).map(([name, item]) => schemaFile('items', name, item)),
    ...events.map((type) => schemaFile('events', type, deliveredOf(type))),
  ]);
};

const schemaFile = (folder: string, title: string, schema: v.GenericSchema): [string, string] => {
  const json = { $schema: 'http://json-schema.org/draft-07/schema#', title, ...toJsonSchema(schema) };
  return [`${folder}/${title}.schema.json`, `${JSON.stringify(json, undefined, 2)}\n`];
};

/** @throws ValiError if it is not an event of this type */
export const parseEvent = (type: DetailType, event: unknown) => v.parse(deliveredOf(type), event);

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type DetailType, EVENT_DETAILS } from '../../functions/core/event.ts';
import { EVENTS_FOLDER, eventSchemas, parseEvent } from '../../reader/event-schemas.ts';

const types = Object.keys(EVENT_DETAILS) as DetailType[];
const read = (file: string): string => readFileSync(join(EVENTS_FOLDER, file), 'utf8');

describe.each(types)('what is shipped of %s', (type) => {
  test('has the schema that follows from the types: npm run schemas writes it', () => {
    expect(read(`${type}.schema.json`)).toBe(eventSchemas().get(type));
  });

  test('has an example that is such an event, and nothing more', () => {
    const example = JSON.parse(read(`${type}.example.json`));
    expect(parseEvent(type, example)).toEqual(example);
  });
});

test('nothing is shipped of an event that there is not', () => {
  expect(readdirSync(EVENTS_FOLDER).sort()).toEqual(
    types.flatMap((type) => [`${type}.example.json`, `${type}.schema.json`]).sort(),
  );
});

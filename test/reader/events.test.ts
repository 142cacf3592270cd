import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { type DetailType, EVENT_DETAILS } from '../../functions/core/event.ts';
import type { EventDetails } from '../../reader/events.ts';
import { ITEMS } from '../../reader/item-schemas.ts';
import { jsonSchemas, parseEvent } from '../../reader/json-schemas.ts';

const FOLDER = join(import.meta.dirname, '../../reader');
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Published = { readonly [Type in DetailType]: v.InferOutput<(typeof EVENT_DETAILS)[Type]> };

test('the types of events are those that publish has', () => {
  const same: Equal<EventDetails, Published> = true;
  expect(same).toBe(true);
});

test.each([...jsonSchemas()])('%s follows from the types: npm run schemas writes it', (file, schema) => {
  expect(read(file)).toBe(schema);
});

test.each(Object.keys(EVENT_DETAILS) as DetailType[])('the example of %s is such an event, and nothing more', (type) => {
  const example = JSON.parse(read(`events/${type}.example.json`));
  expect(parseEvent(type, example)).toEqual(example);
});

describe.each(Object.entries(ITEMS))('the example of the item %s', (name, schema) => {
  const example = JSON.parse(read(`items/${name}.example.json`));

  test('is such an item', () => expect(v.is(schema, example)).toBe(true));
});

test.each(['items', 'events'])('nothing else is shipped in %s', (folder) => {
  const names = [...jsonSchemas().keys()].flatMap((file) => (file.startsWith(folder) ? [file.split(/[/.]/)[1]] : []));
  const files = names.flatMap((name) => [`${name}.example.json`, `${name}.schema.json`]);
  expect(readdirSync(join(FOLDER, folder)).sort()).toEqual(files.sort());
});

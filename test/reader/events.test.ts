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

test('the event types are those of publish', () => {
  const same: Equal<EventDetails, Published> = true;
  expect(same).toBe(true);
});

test.each([...jsonSchemas()])('%s is up to date (npm run schemas writes it)', (file, schema) => {
  expect(read(file)).toBe(schema);
});

test.each(Object.keys(EVENT_DETAILS) as DetailType[])('the example of %s is valid, without additional fields', (type) => {
  const example = JSON.parse(read(`events/${type}.example.json`));
  expect(parseEvent(type, example)).toEqual(example);
});

describe.each(Object.entries(ITEMS))('the example of the item %s', (name, schema) => {
  const example = JSON.parse(read(`items/${name}.example.json`));

  test('is valid', () => expect(v.is(schema, example)).toBe(true));
});

test.each(['items', 'events'])('%s has no other files', (folder) => {
  const names = [...jsonSchemas().keys()].flatMap((file) => (file.startsWith(folder) ? [file.split(/[/.]/)[1]] : []));
  const files = names.flatMap((name) => [`${name}.example.json`, `${name}.schema.json`]);
  expect(readdirSync(join(FOLDER, folder)).sort()).toEqual(files.sort());
});

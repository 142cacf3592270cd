import { expect, test } from '@jest/globals';
import { instantWaits } from '../support/instant-waits.ts';

const clock = instantWaits();
const { createReadUnits } = await import('../../oncall/export/read-units.ts');

test('a table is read no faster than the read units per second allow', async () => {
  const started = clock.now();
  const units = createReadUnits(100);
  await units.before();
  expect(clock.now() - started).toBe(0);
  units.consumed(20);
  units.consumed(30);
  await units.before();
  expect(clock.now() - started).toBe(500);
  clock.pass(10_000);
  units.consumed(1);
  await units.before();
  expect(clock.now() - started).toBe(10_510);
});

import { NOT_TESTED } from './engines.ts';
import prepare from './prepare.ts';

/** Jest's global setup. */
export default async function setUp(): Promise<void> {
  if (NOT_TESTED) console.warn(NOT_TESTED);
  await prepare();
}

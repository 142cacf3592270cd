import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../local/template/synthesize.ts';
import { bundle, isBundled } from '../../oncall/bundle.js';
import { assemblyFolder } from './once.ts';

/** Before all suites: what `cdk synth` and the build make is made once, and every suite reads or runs the same. */
export default async function prepare(): Promise<void> {
  process.env.TEST_LOGS = await mkdtemp(join(tmpdir(), 'fractal-webhooks-logs-'));
  process.env.TEST_ASSEMBLIES = await mkdtemp(join(tmpdir(), 'fractal-webhooks-test-'));
  if (!isBundled()) await bundle();
  // A test delivers as fast as it can; what the throttle of the defaults does is a test's own matter.
  await synthesize(assemblyFolder(), { throttleRate: 10_000, throttleBurst: 5_000 });
}

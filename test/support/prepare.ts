import { execFile } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { synthesize } from '../../local/synthesize.ts';
import { bundle } from '../../oncall/bundle.js';
import { isBundled } from '../../oncall/bundled.cjs';
import { assemblyFolder, logFolder, runFolder, temporaryFolder, variantsFile } from './once.ts';

/** Runs before all suites, and before a soak: synthesizes and builds once for all of them. */
export default async function prepare(): Promise<void> {
  process.env.TEST_FOLDER = await mkdtemp(join(tmpdir(), 'fractal-webhooks-test-'));
  await Promise.all([mkdir(logFolder()), mkdir(temporaryFolder())]);
  // The CDK and stacks that tests kill leave files behind, which are removed with the folder of the run.
  process.env.TMPDIR = temporaryFolder();
  // Every process of the tests finds there what another has compiled, the functions' too, whose bundles are elsewhere in every
  // run.
  process.env.NODE_COMPILE_CACHE = join(runFolder(), 'compiled');
  if (!isBundled()) await bundle();
  // Tests deliver as fast as they can; tests of the throttle set their own limits.
  const script = join(import.meta.dirname, 'write-variants.ts');
  await Promise.all([
    synthesize(assemblyFolder(), { throttleRate: 10_000, throttleBurst: 5_000 }),
    promisify(execFile)(process.execPath, [script, variantsFile()]),
  ]);
}

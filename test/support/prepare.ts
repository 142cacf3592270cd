import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../local/template/synthesize.ts';

/** Before all suites: what `cdk synth` makes is made once, and every suite reads or runs the same. */
export default async function prepare(): Promise<void> {
  process.env.TEST_LOGS = await mkdtemp(join(tmpdir(), 'fractal-webhooks-logs-'));
  process.env.TEST_ASSEMBLY = await mkdtemp(join(tmpdir(), 'fractal-webhooks-test-'));
  await synthesize(process.env.TEST_ASSEMBLY);
}

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../local/template/synthesize.ts';

/** Before all suites: what `cdk synth` makes is made once, and every suite reads or runs the same. */
export default async function synthesizeOnce(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-test-'));
  await synthesize(folder);
  process.env.TEST_ASSEMBLY = folder;
}

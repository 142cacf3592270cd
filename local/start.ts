import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSTALLATIONS } from '../infra/installations.ts';
import { readCommandLine } from './command.ts';
import { keptAssembly } from './disk/kept-assembly.ts';
import { run } from './run.ts';
import { synthesize } from './synthesize.ts';

const options = readCommandLine();

const assemble = async (begun: AsyncDisposableStack): Promise<string> => {
  if (options.assembly) return options.assembly;
  const names = Object.keys(INSTALLATIONS);
  const installation = options.installation ?? names[0] ?? '';
  if (!names.includes(installation)) {
    throw new Error(`infra/installations.ts has no installation "${installation}". Available: ${names.join(', ')}.`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-'));
  begun.defer(() => rm(folder, { recursive: true, force: true }));
  const { account: _account, region: _region, ...settings } = INSTALLATIONS[installation] ?? {};
  const kept = await keptAssembly(installation, settings);
  if (await kept.reuse(folder)) {
    console.log(`Using the existing synthesis of ${installation}: its sources and settings have not changed.`);
    return folder;
  }
  console.log(`Synthesizing ${installation} …`);
  await synthesize(folder, settings, installation);
  await kept.keep(folder);
  return folder;
};

await run({ ...options, called: { start: 'npm start', oncall: 'npm run oncall --' }, assemble });

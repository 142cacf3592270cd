import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { synthesize } from '../../local/synthesize.ts';
import { assembliesFolder } from './once.ts';
import type { Json } from './templates.ts';

type Settings = Readonly<Record<string, unknown>>;

/** The assembly of a stack with these settings. It is synthesized once per run and shared by all suites, so do not change it. */
export const synthesized = async (settings: Settings): Promise<string> => {
  const key = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
  const folder = join(assembliesFolder(), key);
  const lock = `${folder}.lock`;
  while (!existsSync(folder)) {
    const isOurs = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (!isOurs) {
      await wait(50);
      continue;
    }
    try {
      const unfinished = `${folder}.unfinished`;
      await synthesize(unfinished, settings);
      await rename(unfinished, folder);
    } finally {
      await rmdir(lock);
    }
  }
  return folder;
};

/** Copies an assembly to `folder`, with another template. @param change returns the template, or changes the given one */
export const copyWith = async (change: (template: Json) => unknown, assembly: string, folder: string): Promise<string> => {
  await cp(assembly, folder, { recursive: true });
  const file = join(folder, 'FractalWebhooks.template.json');
  const template = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify(change(template) ?? template));
  return folder;
};

/** For `copyWith`: removes this action from all policies. @throws Error if no policy has it */
export const withoutAction =
  (action: string) =>
  (template: Json): unknown => {
    const text = JSON.stringify(template);
    if (!text.includes(`"${action}"`)) throw new Error(`no policy of the template has the action ${action}`);
    return JSON.parse(text.replaceAll(`"${action}"`, '"none:None"'));
  };

/** For `copyWith`: Lambda discards changes after seconds instead of almost a day. */
export const discardingAfterSeconds =
  (seconds: number) =>
  ({ Resources }: Json): void => {
    for (const { Properties } of Object.values<Json>(Resources))
      if (Properties?.MaximumRecordAgeInSeconds) Properties.MaximumRecordAgeInSeconds = seconds;
  };

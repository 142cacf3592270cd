import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');
const KEY_FILE = 'key';

/** The inputs of a synthesis: the app, the functions, the scripts that run it, and the installed packages. */
const SOURCES = ['infra', 'functions', 'cdk.json', 'node-24.js', 'local/synthesize.ts', 'node_modules/.package-lock.json'];

/** A cache of a synthesized installation. Valid while its sources and settings are unchanged. */
export interface KeptAssembly {
  /**
   * Copies the cached assembly to `outdir`, which later syntheses do not change.
   *
   * @returns false if the cache is missing or outdated
   */
  reuse(outdir: string): Promise<boolean>;
  /** Caches the assembly in `outdir`. Errors are ignored: the next start synthesizes again. */
  keep(outdir: string): Promise<void>;
}

/** @param name the name of the installation */
export const keptAssembly = async (
  name: string,
  settings: Readonly<Record<string, unknown>>,
  project = PROJECT,
): Promise<KeptAssembly> => {
  const kept = join(project, '.local/assemblies', name);
  const key = await keyOf(project, { settings, name, node: process.version });
  return {
    reuse: (outdir) => reuse(kept, key, outdir).catch(() => false),
    keep: (outdir) => keep(outdir, key, kept).catch(() => {}),
  };
};

const keyOf = async (project: string, settings: unknown): Promise<string> => {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const file of await filesOf(project))
    hash.update(`\0${file}\0`).update(await readFile(join(project, file)).catch(() => ''));
  return hash.digest('hex');
};

const filesOf = async (project: string): Promise<string[]> => {
  const files: string[] = [];
  for (const source of SOURCES) {
    const below = await readdir(join(project, source), { recursive: true, withFileTypes: true }).catch(() => undefined);
    if (!below) files.push(source);
    else for (const entry of below) if (entry.isFile()) files.push(join(entry.parentPath, entry.name).slice(project.length + 1));
  }
  return files.sort();
};

const reuse = async (kept: string, key: string, outdir: string): Promise<boolean> => {
  if ((await readFile(join(kept, KEY_FILE), 'utf8')) !== key) return false;
  await cp(kept, outdir, { recursive: true });
  // Another start may have replaced it during the copy.
  return (await readFile(join(kept, KEY_FILE), 'utf8')) === key;
};

const keep = async (outdir: string, key: string, kept: string): Promise<void> => {
  const half = `${kept}.${process.pid}`;
  await mkdir(dirname(kept), { recursive: true });
  try {
    await cp(outdir, half, { recursive: true });
    await writeFile(join(half, KEY_FILE), key);
    await rm(kept, { recursive: true, force: true });
    await rename(half, kept);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
};

import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');
const KEY_FILE = 'key';

/** What a synthesis is made from: the app, the functions that it bundles, what runs it, and the packages that are installed. */
const SOURCES = [
  'infra',
  'functions',
  'cdk.json',
  'node-24.js',
  'local/template/synthesize.ts',
  'node_modules/.package-lock.json',
];

/** A synthesized installation, kept for as long as its sources and settings are the same. */
export interface KeptAssembly {
  /** Copies it into `outdir`, so that what runs from there stays as it is. @returns false if it must be synthesized */
  reuse(outdir: string): Promise<boolean>;
  /** Keeps what has been synthesized into `outdir`. Whoever can't keep it synthesizes again. */
  keep(outdir: string): Promise<void>;
}

/** @param name of the installation */
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
  // Another start may have replaced it meanwhile.
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

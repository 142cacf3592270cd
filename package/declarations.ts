import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ENTRIES } from './modules.ts';

const PROJECT = resolve(import.meta.dirname, '..');

/**
 * Writes the type declarations of the entries and of their imports to `folder`.
 *
 * @throws Error with the type errors of the project, if any
 */
export const writeDeclarations = async (folder: string): Promise<void> => {
  const all = await mkdtemp(join(tmpdir(), 'fractal-webhooks-types-'));
  try {
    const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', PROJECT, '--outDir', all];
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, '--project', join(import.meta.dirname, 'tsconfig.json'), ...options]);
    const written = new Set<string>();
    for (const [name, entry] of Object.entries(ENTRIES)) {
      const module = entry.replace(/\.ts$/, '');
      await write(`${module}.d.ts`, { from: all, to: join(folder, 'types'), written });
      await mkdir(join(folder, name), { recursive: true });
      for (const format of FORMATS)
        await writeFile(join(folder, name, `index.d.${format.types}`), `export * from '../types/${module}.${format.code}';\n`);
    }
  } finally {
    await rm(all, { recursive: true });
  }
};

/** The extensions of declarations and code: CommonJS, and ES modules. */
const FORMATS = [
  { types: 'ts', code: 'js' },
  { types: 'mts', code: 'mjs' },
] as const;

interface Writing {
  readonly from: string;
  readonly to: string;
  readonly written: Set<string>;
}

/** Writes a declaration file and those that it imports, for both formats, with imports of code instead of `.ts`. */
const write = async (file: string, writing: Writing): Promise<void> => {
  const { from, to, written } = writing;
  if (written.has(file)) return;
  written.add(file);
  const text = await readFile(join(from, file), 'utf8');
  await mkdir(dirname(join(to, file)), { recursive: true });
  for (const { types, code } of FORMATS) {
    await writeFile(
      join(to, file.replace(/ts$/, types)),
      text.replaceAll(/(['"]\.[^'"]*)\.ts(['"])/g, (_, path, quote) => `${path}.${code}${quote}`),
    );
  }
  for (const [, path = ''] of text.matchAll(/['"](\.[^'"]*)\.ts['"]/g)) await write(join(dirname(file), `${path}.d.ts`), writing);
};

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The license texts of these packages, with names and versions, as their licenses require. */
export const licensesOf = async (project: string, packages: readonly string[]): Promise<string> => {
  const texts = new Map<string, string[]>();
  for (const folder of packages) {
    const { name, version, license } = JSON.parse(await readFile(join(project, folder, 'package.json'), 'utf8'));
    const files = (await readdir(join(project, folder))).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    const parts = await Promise.all(files.map((file) => readFile(join(project, folder, file), 'utf8')));
    const text = parts.map((part) => part.trim()).join('\n\n') || `License: ${license}`;
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`]);
  }
  const sections = [...texts].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return `This package contains the following packages.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
};

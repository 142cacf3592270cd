import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';

/** The pages of the package, by their place in the project. */
const PAGES: Readonly<Record<string, string>> = {
  'docs/in-your-app.md': 'README.md',
  ...Object.fromEntries(
    [
      'audit',
      'cloudfront',
      'cost',
      'events',
      'history',
      'kraken',
      'forward',
      'moving-in',
      'notify',
      'own-user-id',
      'privacy',
      'python',
      'read-the-table',
      'reconcile',
      'recovery',
      'regions',
      'scale',
      'uninstall',
      'upgrade',
      'webhook',
    ].map((name) => [`docs/${name}.md`, `docs/${name}.md`]),
  ),
  'infra/README.md': 'infra/README.md',
  'oncall/RUNBOOK.md': 'oncall/RUNBOOK.md',
};

/** Sections of the project's README that a page of the package has, too. */
const SECTIONS: Readonly<Record<string, string>> = { 'README.md#deploy-it': 'docs/in-your-app.md#deploy-it' };

/** Commands in the project, and in an app with the package. */
const COMMANDS = [
  ['npm run oncall --', 'npx --no -- fractal-webhooks'],
  ['npm run cdk --', 'npx --no -- cdk'],
  ['npm start', 'npx --no -- fractal-webhooks-local'],
] as const;

/** What an app has instead of a file of the project. */
const INSTEAD: Readonly<Record<string, string>> = { 'infra/installations.ts': 'the properties of the construct' };

/** A page as it is in the package: with the commands of an app, and links to what the package has. Other links become text. */
export const packaged = (from: string, text: string): string => {
  const linked = text.replaceAll(/\[([^\]]*)\]\((?!https?:|#)([^)]*)\)/g, (_, label: string, link: string) => {
    const target = posix.join(posix.dirname(from), link);
    const [page = '', anchor] = (SECTIONS[target] ?? target).split('#');
    const to = PAGES[page];
    if (to === undefined) return INSTEAD[label] ?? label;
    return `[${label}](${posix.relative(posix.dirname(PAGES[from] ?? ''), to)}${anchor ? `#${anchor}` : ''})`;
  });
  return COMMANDS.reduce((all, [here, there]) => all.replaceAll(here, there), linked);
};

/** The README of the package: what this is, from the project's, and how to use it in an app. */
export const packagedReadme = (ofProject: string, inYourApp: string): string => {
  const [title, introduction] = ofProject.split('\n\n');
  const page = packaged('docs/in-your-app.md', inYourApp).replace(/^# .*/, '');
  return `${title}\n\n${packaged('README.md', introduction ?? '')}\n${page}`;
};

/** Writes the pages to the package. @param rename puts the name of the package into a text */
export const writePages = async (project: string, folder: string, rename: (text: string) => string): Promise<void> => {
  for (const [from, to] of Object.entries(PAGES)) {
    const page = await readFile(join(project, from), 'utf8');
    const text = to === 'README.md' ? packagedReadme(await readFile(join(project, to), 'utf8'), page) : packaged(from, page);
    await mkdir(join(folder, dirname(to)), { recursive: true });
    await writeFile(join(folder, to), rename(text));
  }
};

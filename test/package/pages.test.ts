import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { packaged, packagedReadme } from '../../package/pages.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const pageOf = (from: string): string => packaged(from, readFileSync(join(PROJECT, from), 'utf8'));

describe('a page of the package', () => {
  test('links to the other pages of the package, and to nothing that it does not have', () => {
    const page =
      '[events](events.md), [floods](../infra/README.md#floods), [setup](../README.md#deploy-it), [app](../infra/app.ts), [up](#up), [AWS](https://aws)';
    expect(packaged('docs/read-the-table.md', page)).toBe(
      '[events](events.md), [floods](../infra/README.md#floods), [setup](../README.md#deploy-it), app, [up](#up), [AWS](https://aws)',
    );
    expect(packaged('docs/in-your-app.md', page)).toBe(
      '[events](docs/events.md), [floods](infra/README.md#floods), [setup](README.md#deploy-it), app, [up](#up), [AWS](https://aws)',
    );
  });

  test('says where an app has the settings', () => {
    expect(packaged('oncall/RUNBOOK.md', 'Raise it in [infra/installations.ts](../infra/installations.ts).')).toBe(
      'Raise it in the properties of the construct.',
    );
    for (const from of ['oncall/RUNBOOK.md', 'docs/forward.md', 'docs/scale.md', 'docs/upgrade.md'])
      expect(pageOf(from)).toMatch(/ in the properties of the construct[,.: ]/);
    for (const from of ['oncall/RUNBOOK.md', 'docs/forward.md', 'docs/regions.md', 'docs/scale.md', 'docs/upgrade.md'])
      expect(pageOf(from)).not.toContain('infra/installations.ts');
  });

  test.each(['oncall/RUNBOOK.md', 'infra/README.md', 'docs/in-your-app.md', 'docs/events.md'])(
    '%s has the commands of an app',
    (from) => {
      const page = pageOf(from);
      expect(page).not.toMatch(/npm run (oncall|cdk)/);
      expect(page).toMatch(/npx --no -- (fractal-webhooks|cdk)/);
    },
  );

  test('the README says first what the package is', () => {
    const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');
    const readme = packagedReadme(read('README.md'), read('docs/in-your-app.md'));
    expect(readme).toMatch(/^# fractal-webhooks\n\nFractal ID verifies [^#]*at one URL\.\n\n+The package has a CDK construct/);
    expect(readme).toContain('[Kraken](docs/kraken.md)');
    expect(readme.match(/^# /gm)).toHaveLength(1);
  });

  test('the README names the token, the settings, events and the runbook', () => {
    const page = pageOf('docs/in-your-app.md');
    for (const link of ['infra/README.md#settings', 'docs/events.md', 'docs/read-the-table.md', 'oncall/RUNBOOK.md'])
      expect(page).toContain(`](${link})`);
    expect(page).toContain('tokens set all');
  });
});

import { describe, expect, test } from '@jest/globals';
import { type App, Aspects, Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  type NagPack,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import * as packs2 from 'cdk-nag-2';
import { stackWith } from '../support/stack-with.ts';
import { VARIANTS } from '../support/variants.ts';

/** The findings of one pack: the path of the resource and the rule id. */
const findingsOf = (pack: NagPack, app: App): string[] =>
  pack
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      (violatingResources as unknown as { constructPath: string }[]).map(({ constructPath }) => `${constructPath} ${ruleName}`),
    );

/** A pack that ignores acknowledgements. */
const strict = (pack: NagPack): NagPack => Object.assign(pack, { isAcknowledged: () => false });

const packsOf = (app: App): NagPack[] => [
  new AwsSolutionsChecks(app),
  new ServerlessChecks(app),
  new NIST80053R5Checks(app),
  new HIPAASecurityChecks(app),
  new PCIDSS321Checks(app),
];

const acknowledgementsOf = (app: App): { readonly what: string; readonly reason: string }[] =>
  app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ what: `${node.path} ${id.replace(/^annotation::/i, '')}`, reason })),
  );

describe.each(Object.entries(VARIANTS))('%s:', (_, settings) => {
  const { app } = stackWith(settings);
  const acknowledgements = acknowledgementsOf(app);

  test('the five packs have no unacknowledged findings', () => {
    expect(packsOf(app).flatMap((pack) => findingsOf(pack, app))).toEqual([]);
  });

  test('the packs have findings, and each acknowledgement matches one of them', () => {
    const found = packsOf(app).flatMap((pack) => findingsOf(strict(pack), app));
    expect(found.length).toBeGreaterThan(10);
    expect(acknowledgements.map(({ what }) => what).filter((what) => !found.includes(what))).toEqual([]);
  });

  test('release 2 of the packs has no findings either', () => {
    const { app: other, stack } = stackWith(settings);
    for (const Pack of [
      packs2.AwsSolutionsChecks,
      packs2.ServerlessChecks,
      packs2.NIST80053R5Checks,
      packs2.HIPAASecurityChecks,
      packs2.PCIDSS321Checks,
    ])
      Aspects.of(other).add(new Pack());
    const annotations = Annotations.fromStack(stack);
    const found = [
      ...annotations.findError('*', Match.anyValue()),
      ...annotations.findWarning('*', Match.stringLikeRegexp('.*-.*:')),
    ];
    expect(found.map(({ id, entry }) => `${id} ${String(entry.data).slice(0, 120)}`)).toEqual([]);
  });

  test('each acknowledgement is on a single resource and has a reason', () => {
    for (const { what, reason } of acknowledgements) {
      expect(what).toMatch(/^Stack\/.*\/Resource /);
      expect(reason.length).toBeGreaterThan(25);
    }
  });
});

import { describe, expect, test } from '@jest/globals';
import { App, Validations } from 'aws-cdk-lib';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  type NagPack,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import { readSettings } from '../../infra/settings.ts';
import { WebhooksStack } from '../../infra/webhooks-stack.ts';

const OWN_DOMAIN = {
  domainName: 'webhooks.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:000000000000:certificate/00000000-0000-0000-0000-000000000000',
};
const VARIANTS: Record<string, unknown>[] = [
  { stage: 'prod' },
  { stage: 'staging' },
  { stage: 'dev' },
  { stage: 'dev', tracing: false },
  { stage: 'prod', customerManagedKey: true, alarmEmail: 'oncall@example.com', silenceAlarmHours: 6, ...OWN_DOMAIN },
];

/** What one pack finds: the ids, each with the path of its resource. */
const findingsOf = (pack: NagPack, app: App): string[] =>
  pack
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      (violatingResources as unknown as { constructPath: string }[]).map(({ constructPath }) => `${constructPath} ${ruleName}`),
    );

/** The packs, as if nothing had been acknowledged. */
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

describe.each(VARIANTS)('with %j', (context) => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  new WebhooksStack(app, 'Stack', { settings: readSettings(context) });
  const acknowledgements = acknowledgementsOf(app);

  test('the five packs find nothing that is not acknowledged', () => {
    expect(packsOf(app).flatMap((pack) => findingsOf(pack, app))).toEqual([]);
  });

  test('the packs do look, and each acknowledgement silences something that they find', () => {
    const found = packsOf(app).flatMap((pack) => findingsOf(strict(pack), app));
    expect(found.length).toBeGreaterThan(10);
    expect(acknowledgements.map(({ what }) => what).filter((what) => !found.includes(what))).toEqual([]);
  });

  test('each acknowledgement is on one resource and has a reason', () => {
    for (const { what, reason } of acknowledgements) {
      expect(what).toMatch(/^Stack\/.*\/Resource /);
      expect(reason.length).toBeGreaterThan(25);
    }
  });
});

import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { experimentsIn, readInstallations } from './read-installations.ts';
import { SettingsError } from './read-settings.ts';
import type { Settings } from './settings.ts';
import { WebhooksStack } from './webhooks-stack.ts';

const installationsOf = (app: App): ReadonlyMap<string, Settings> => {
  try {
    return readInstallations(app.node.getAllContext());
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(`error: ${error.message}`);
    process.exit(1);
  }
};

const app = new App();
for (const [name, settings] of installationsOf(app)) new WebhooksStack(app, name, { settings });
const experiments = Object.entries(experimentsIn(app.node.getAllContext())).map(([name, value]) => `${name}=${value}`);
if (experiments.length > 0) {
  console.error(`note: ${experiments.join(', ')} only for this command. To keep settings, put them in infra/installations.ts.`);
}
Validations.of(app).addPlugins(
  new AwsSolutionsChecks(app),
  new ServerlessChecks(app),
  new NIST80053R5Checks(app),
  new HIPAASecurityChecks(app),
  new PCIDSS321Checks(app),
);

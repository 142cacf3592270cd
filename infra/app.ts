import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { readSettings, type Settings, SettingsError } from './settings.ts';
import { stackNameOf, WebhooksStack } from './webhooks-stack.ts';

const settingsOf = (app: App): Settings => {
  try {
    return readSettings(app.node.getAllContext());
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(`error: ${error.message}`);
    process.exit(1);
  }
};

const app = new App();
const settings = settingsOf(app);
new WebhooksStack(app, stackNameOf(settings), { settings, description: "Receives Fractal ID's verification webhooks" });
Validations.of(app).addPlugins(
  new AwsSolutionsChecks(app),
  new ServerlessChecks(app),
  new NIST80053R5Checks(app),
  new HIPAASecurityChecks(app),
  new PCIDSS321Checks(app),
);

import { App } from 'aws-cdk-lib';
import { readSettings } from './settings.ts';
import { stackNameOf, WebhooksStack } from './webhooks-stack.ts';

const app = new App();
const settings = readSettings((name) => app.node.tryGetContext(name));
new WebhooksStack(app, stackNameOf(settings), {
  settings,
  description: "Receives Fractal ID's verification webhooks",
});

import { App } from 'aws-cdk-lib';
import { WebhooksStack } from './webhooks-stack.ts';

const app = new App();
new WebhooksStack(app, 'FractalWebhooks', {
  description: "Receives Fractal ID's verification webhooks",
});

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { readSettings } from '../../infra/read-settings.ts';
import { WebhooksStack } from '../../infra/webhooks-stack.ts';

// The feature flags in cdk.json affect the template.
const { context } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../cdk.json'), 'utf8'));

/**
 * A stack with these settings, without bundles, and its app. With `validated`, the CDK's own rules fail the synthesis on errors;
 * they take a second.
 */
export const stackWith = (
  settings: Readonly<Record<string, unknown>>,
  { validated = false, ...props }: AppProps & { readonly validated?: boolean } = {},
): { readonly app: App; readonly stack: WebhooksStack } => {
  const quick = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-stack-trace': true };
  const app = new App({ ...props, builtinCloudFormationValidation: validated, context: { ...context, ...quick } });
  return { app, stack: new WebhooksStack(app, 'Stack', { settings: readSettings(settings) }) };
};

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { readSettings } from '../../infra/settings.ts';
import { WebhooksStack } from '../../infra/webhooks-stack.ts';

// The feature flags of cdk.json change what the CDK writes.
const { context } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../cdk.json'), 'utf8'));

/**
 * A stack with these settings, without bundles, and its app. Its template is validated by the CDK's own rules, which fail its
 * synthesis, only if that is asked for: they take a second.
 */
export const stackWith = (
  settings: Readonly<Record<string, unknown>>,
  { validated = false, ...props }: AppProps & { readonly validated?: boolean } = {},
): { readonly app: App; readonly stack: WebhooksStack } => {
  const quick = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-stack-trace': true };
  const app = new App({ ...props, builtinCloudFormationValidation: validated, context: { ...context, ...quick } });
  return { app, stack: new WebhooksStack(app, 'Stack', { settings: readSettings(settings) }) };
};

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readSettings } from '../../infra/settings.ts';
import { WebhooksStack } from '../../infra/webhooks-stack.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of every shape.
export type Json = Record<string, any>;

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

/** The template of a stack with these settings. */
export const templateWith = (settings: Readonly<Record<string, unknown>>): Json =>
  Template.fromStack(stackWith(settings).stack).toJSON();

/** The resources of a type, with their logical ids. */
export const resourcesOf = (template: Json, ...types: readonly string[]): [string, Json][] =>
  Object.entries<Json>(template.Resources).filter(([, { Type }]) => types.includes(Type));

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readSettings } from '../../infra/settings.ts';
import { WebhooksStack } from '../../infra/webhooks-stack.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of every shape.
export type Json = Record<string, any>;

// The feature flags of cdk.json change what the CDK writes.
const { context } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../cdk.json'), 'utf8'));

/** A stack with these settings, in memory, without bundles, and its app. */
export const stackWith = (settings: Readonly<Record<string, unknown>>): { readonly app: App; readonly stack: WebhooksStack } => {
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  return { app, stack: new WebhooksStack(app, 'Stack', { settings: readSettings(settings) }) };
};

/** The template of a stack with these settings. */
export const templateWith = (settings: Readonly<Record<string, unknown>>): Json =>
  Template.fromStack(stackWith(settings).stack).toJSON();

/** The resources of a type, with their logical ids. */
export const resourcesOf = (template: Json, ...types: readonly string[]): [string, Json][] =>
  Object.entries<Json>(template.Resources).filter(([, { Type }]) => types.includes(Type));

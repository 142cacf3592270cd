import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FractalWebhooks } from '../../infra/fractal-webhooks.ts';
import { schemaFindings } from '../support/cloudformation-schema.ts';
import { resourcesOf } from '../support/templates.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(PROJECT, 'docs/notify.md'), 'utf8');
const snippets = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
// In the project, so that it finds the CDK.
mkdirSync(join(PROJECT, '.local'), { recursive: true });
const folder = mkdtempSync(join(PROJECT, '.local/notify-'));

afterAll(() => rmSync(folder, { recursive: true }));

test('docs/notify.md: what the page adds to the stack is valid for CloudFormation', async () => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'Team');
  const webhooks = new FractalWebhooks(stack, 'Webhooks');
  expect(snippets).toHaveLength(2);
  for (const [index, code] of snippets.entries()) {
    writeFileSync(join(folder, `snippet-${index}.ts`), code);
    const [add] = Object.values(await import(join(folder, `snippet-${index}.ts`)));
    (add as (stack: Stack, webhooks: FractalWebhooks) => void)(stack, webhooks);
  }
  const template = Template.fromStack(stack).toJSON() as Parameters<typeof schemaFindings>[0];
  expect(schemaFindings(template)).toEqual([]);
  // The address of the channel is a secret: it is not in the template.
  const [[, destination] = []] = resourcesOf(template, 'AWS::Events::ApiDestination');
  expect(destination?.Properties.InvocationEndpoint).toBe('{{resolve:secretsmanager:slack-webhook-url:SecretString:::}}');
});

import { writeFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stackWith } from './stack-with.ts';
import { VARIANTS } from './variants.ts';

// Runs in its own process, once, so that no suite has to load the CDK. The argument is the output file.
const [, , file = ''] = process.argv;
const all = Object.entries(VARIANTS).map(([name, settings]) => {
  const { stack } = stackWith(settings);
  const terminationProtection = Stack.of(stack).terminationProtection;
  return [name, { template: Template.fromStack(stack).toJSON(), terminationProtection }];
});
writeFileSync(file, JSON.stringify(Object.fromEntries(all)));

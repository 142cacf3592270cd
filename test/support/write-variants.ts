import { writeFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stackWith } from './stack-with.ts';
import { VARIANTS } from './variants.ts';

// Run as a process of its own: what every suite would wait for if it loaded the CDK is made once. The file is the argument.
const [, , file = ''] = process.argv;
const all = Object.entries(VARIANTS).map(([name, settings]) => {
  const { stack } = stackWith(settings);
  const terminationProtection = Stack.of(stack).terminationProtection;
  return [name, { template: Template.fromStack(stack).toJSON(), terminationProtection }];
});
writeFileSync(file, JSON.stringify(Object.fromEntries(all)));

import { Aspects, CfnOutput, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { OWN_OUTPUTS } from '../../functions/core/stack-contract.ts';

/**
 * Adds an output to the stack under this name, or if the team has an output of this name, with `FractalWebhooks` in front.
 * The command line finds either.
 */
export const addOutput = (scope: Construct, name: string, value: string, description?: string): void => {
  const stack = Stack.of(scope);
  const outputs = new Construct(scope, `${name}Output`);
  const output = new CfnOutput(outputs, 'Value', { value, ...(description !== undefined && { description }) });
  output.overrideLogicalId(name);
  // At the end, because the team can add its own later.
  Aspects.of(outputs).add({
    visit: (node) => {
      if (node === output && isTaken(stack, output, name)) output.overrideLogicalId(`${OWN_OUTPUTS}${name}`);
    },
  });
};

const isTaken = (stack: Stack, output: CfnOutput, name: string): boolean =>
  stack.node.findAll().some((one) => one !== output && one instanceof CfnOutput && stack.resolve(one.logicalId) === name);

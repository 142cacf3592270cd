import { resolve } from 'node:path';
import { type CommonOptions, createCommand } from './command.ts';
import { run } from './run.ts';

interface Options extends CommonOptions {
  readonly assembly: string;
}

// The program in the package. It runs the template of the team's own app.
const { assembly, ...options } = createCommand(
  'fractal-webhooks-local',
  'Runs the receiver of a synthesized CDK app on this machine, with the other functions, tables, queues and rules of its stack.',
)
  .option('--assembly <dir>', 'the output folder of cdk synth', 'cdk.out')
  .addHelpText(
    'after',
    `
Examples:
  npx --no -- cdk synth --quiet && npx --no -- fractal-webhooks-local
  PORT=0 npx --no -- fractal-webhooks-local --stack Verification --forward-events http://127.0.0.1:4000/hook`,
  )
  .parse()
  .opts<Options>();

await run({
  ...options,
  dynamodb: 'dynalite',
  called: { start: 'npx --no -- fractal-webhooks-local', oncall: 'npx --no -- fractal-webhooks' },
  leaveOut: (what, why) => console.log(`Not run here: ${what}: ${why}.`),
  assemble: async () => resolve(assembly),
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { Command } from 'commander';
import type { Target } from '../../oncall/target.ts';
import { aTarget } from './a-target.ts';
import { startSecrets } from './local-secrets.ts';
import { printed } from './printed.ts';

/** `tokens` in this process, on a stack that has nothing but its secret. */
export const startTokens = async () => {
  const { addTokensCommand } = await import('../../oncall/tokens/command.ts');
  const secrets = await startSecrets('first');
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-tokens-'));
  const target: Target = aTarget(secrets.url);

  return {
    target,
    secrets,
    put: (SecretString: string) => secrets.client.send(new PutSecretValueCommand({ SecretId: target.secretId, SecretString })),
    stored: async (VersionStage = 'AWSCURRENT') =>
      (await secrets.client.send(new GetSecretValueCommand({ SecretId: target.secretId, VersionStage }))).SecretString,
    /** @returns the name of a file with this text */
    file: async (text: string): Promise<string> => {
      const file = join(folder, 'token.txt');
      await writeFile(file, text);
      return file;
    },
    /** Runs the command that follows `tokens`. Of a command that was printed, give all of it. */
    run: async (line: string, file?: string) => {
      let status = Number.NaN;
      const program = new Command().option('--stack <name>').exitOverride();
      addTokensCommand(
        program,
        async () => target,
        (settled) => {
          status = settled;
        },
      );
      const words = line.replace(/^npm run oncall -- tokens /, '').split(' ');
      return printed(async () => {
        await program.parseAsync(['tokens', ...words, ...(file === undefined ? [] : ['--file', file])], { from: 'user' });
        return status;
      });
    },
    stop: async (): Promise<void> => {
      await secrets.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

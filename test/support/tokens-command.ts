import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect } from '@jest/globals';
import { Command } from 'commander';
import type { Target } from '../../oncall/target.ts';
import { aTarget } from './a-target.ts';
import { startSecrets } from './local-secrets.ts';
import { printed } from './printed.ts';

/** Tokens that are formed like Fractal's. */
export const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(40)) as [string, string, string, string];

/** The commands in a text, as a person would type them. */
export const commandsIn = (text: string): string[] =>
  [...text.matchAll(/npm run oncall -- tokens \w+(?: \w+)?(?: --stack S)/g)].map(([command]) => command);

/** `tokens` in this process, on a stack that has nothing but its secret. */
export const startTokens = async () => {
  const { defineTokens } = await import('../../oncall/tokens/tokens.command.ts');
  // The command loads this when it runs. Here before, so that mutation tests do not take it for a part of the first test.
  await import('../../oncall/tokens/commands.ts');
  const secrets = await startSecrets('first');
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-tokens-'));
  const target: Target = aTarget(secrets.url);
  const put = (SecretString: string) =>
    secrets.client.send(new PutSecretValueCommand({ SecretId: target.secretId, SecretString }));
  const stored = async (VersionStage = 'AWSCURRENT') =>
    (await secrets.client.send(new GetSecretValueCommand({ SecretId: target.secretId, VersionStage }))).SecretString;
  const file = async (text: string): Promise<string> => {
    const name = join(folder, 'token.txt');
    await writeFile(name, text);
    return name;
  };
  const runWith = async (line: string, from?: string) => {
    let status = Number.NaN;
    const program = new Command().option('--stack <name>').exitOverride();
    const settle = (settled: number): void => {
      status = settled;
    };
    defineTokens(program, { target: async () => target, settle });
    const words = line.replace(/^npm run oncall -- tokens /, '').split(' ');
    const done = await printed(async () => {
      await program.parseAsync(['tokens', ...words, ...(from === undefined ? [] : ['--file', from])], { from: 'user' });
      return status;
    });
    // No token may ever be shown.
    expect(done.stdout + done.stderr).not.toMatch(/a{8}|b{8}|c{8}|d{8}/);
    return done;
  };
  const run = async (line: string, token?: string) => runWith(line, token === undefined ? undefined : await file(`${token}\n`));

  return {
    target,
    secrets,
    put,
    stored,
    /** The entries of the secret. */
    entries: async () => JSON.parse((await stored()) ?? ''),
    /** @returns the name of a file with this text */
    file,
    /** Runs the command that follows `tokens`, with a token in a file, if any. Of a command that was printed, give all of it. */
    run,
    /** @param from the name of a file */
    runWith,
    /** Runs a command against this value of the secret. */
    on: async (value: unknown, line: string, token?: string) => {
      await put(typeof value === 'string' ? value : JSON.stringify(value));
      return run(line, token);
    },
    stop: async (): Promise<void> => {
      await secrets.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

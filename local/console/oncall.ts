import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseObject } from '../deliveries/subject.ts';
import type { Oncall } from './views/person.ts';

const COMMAND = ['../bin/fractal-webhooks.cjs', '../../oncall/fractal-webhooks.cjs']
  .map((file) => join(import.meta.dirname, file))
  .find(existsSync);
const WITHIN_MS = 60_000;

/**
 * Runs a command of the on-call command line for the local stack, as a person would in a terminal.
 *
 * @returns the JSON lines that it prints
 * @throws Error with what it says if it cannot run
 */
export const createOncall =
  (stackFile: string): Oncall =>
  (options, ...ids) =>
    new Promise((resolve, reject) => {
      const words = [String(COMMAND), ...options, '--json', '--stack-file', stackFile, '--', ...ids];
      execFile(process.execPath, words, { timeout: WITHIN_MS, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        // Exit status 1 means that something was found, or nothing.
        if (error && error.code !== 1) reject(new Error(stderr.trim() || error.message));
        else resolve(stdout.split('\n').filter(Boolean).map(parseObject));
      });
    });

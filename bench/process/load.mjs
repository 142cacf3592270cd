// Loads a bundle as Lambda's runtime does.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** The handler of a CommonJS or ES module. */
export const load = async (file) =>
  file.endsWith('.mjs') ? (await import(pathToFileURL(file).href)).handler : createRequire(import.meta.url)(file).handler;

const TIME_MS = 60_000;

/** The context of an invocation, as far as the handlers use it. */
export const context = () => {
  const deadline = Date.now() + TIME_MS;
  return {
    awsRequestId: '00000000-0000-4000-8000-000000000000',
    functionName: 'bench',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:bench',
    memoryLimitInMB: '512',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
};

/** The peak memory of this process in bytes. (`resourceUsage` would include the parent's before the start.) */
export const peakBytes = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1_024;

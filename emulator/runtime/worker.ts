import { existsSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { basename, join } from 'node:path';
import { inspect } from 'node:util';
import { loadBundle } from './load-bundle.ts';

/** A request to a function process. `deadline` is in epoch milliseconds. */
export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  readonly deadline: number;
  /** The trace header of the invocation, if tracing is on. */
  readonly trace?: string;
  readonly event: unknown;
}

export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: string; readonly stack: string };

// The main module of each function process. It emulates Lambda's runtime for one bundle. NODE_COMPILE_CACHE only speeds up the
// start; the bundle must not see it.
delete process.env.NODE_COMPILE_CACHE;
const [folder = '', handlerPath = ''] = process.argv.slice(2);
const [file, name = ''] = handlerPath.split('.');
const files = ['.mjs', '.js', '.cjs'].map((extension) => join(folder, `${file}${extension}`));
const path = files.find((one) => existsSync(one));
if (path === undefined) throw new Error(`${folder} contains none of ${files.map((one) => basename(one)).join(', ')}`);
const bundle = await loadBundle(folder, path);
// Node.js detects the exports of a CommonJS module from its source, and can miss some.
const handler = bundle[name] ?? Object(bundle.default)[name];
if (typeof handler !== 'function') throw new Error(`${handlerPath} is not a function in ${folder}`);

const send = (reply: Reply) => process.send?.(reply);

process.on('disconnect', () => process.exit());
process.on('message', async ({ requestId, functionArn, deadline, trace, event }: Invocation) => {
  if (trace !== undefined) process.env._X_AMZN_TRACE_ID = trace;
  try {
    const context = {
      awsRequestId: requestId,
      invokedFunctionArn: functionArn,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
    send({ kind: 'result', result: await handler(event, context) });
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    send({ kind: 'error', error: text, stack: inspect(error) });
  }
});
send({ kind: 'ready' });
// Written now because the process is killed at its end.
flushCompileCache();

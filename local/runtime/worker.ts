import { existsSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a function process is asked, and what it answers. `deadline` is epoch milliseconds. */
export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  readonly deadline: number;
  /** The header of the invocation's trace, if the function is traced. */
  readonly trace?: string;
  readonly event: unknown;
}

export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: string };

// This file is the main module of each function process: it plays Lambda's runtime for one bundle, which must not see what is only
// here to start it sooner.
delete process.env.NODE_COMPILE_CACHE;
const [folder = '', handlerPath = ''] = process.argv.slice(2);
const [file, name = ''] = handlerPath.split('.');
const files = ['.mjs', '.js', '.cjs'].map((extension) => join(folder, `${file}${extension}`));
const path = files.find((one) => existsSync(one));
if (path === undefined) throw new Error(`${folder} has no ${files.map((one) => basename(one)).join(', ')}`);
const bundle = await import(pathToFileURL(path).href);
// What names a CommonJS module has is guessed from its text.
const handler = bundle[name] ?? bundle.default?.[name];
if (typeof handler !== 'function') throw new Error(`${handlerPath} is no function of ${folder}`);

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
    send({ kind: 'error', error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }
});
send({ kind: 'ready' });
// At its end it is killed, and then nothing would be kept of what was compiled.
flushCompileCache();

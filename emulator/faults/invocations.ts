import { setTimeout as wait } from 'node:timers/promises';
import type { LocalFunction } from '../runtime/local-function.ts';
import type { Fault } from './fault.ts';

/** Invokes a function with an injected fault, if any. @throws Error if the invocation fails */
export const invokeWith = async (fault: Fault | undefined, target: LocalFunction, event: unknown): Promise<unknown> => {
  const { name, timeoutMs } = target.code;
  let timer: NodeJS.Timeout | undefined;
  switch (fault?.fault) {
    case 'error':
      throw new Error(`${name}: injected fault`);
    case 'hang':
      await wait(timeoutMs, undefined, { ref: false });
      throw new Error(`${name}: injected fault: the invocation timed out`);
    case 'slow':
      await wait(fault.delay ?? 1_000, undefined, { ref: false });
      return target.invoke(event);
    case 'crash':
      return target
        .invoke(event, (kill) => {
          if (fault.delay) timer = setTimeout(kill, fault.delay);
          else void kill();
        })
        .finally(() => clearTimeout(timer));
    default:
      return target.invoke(event);
  }
};

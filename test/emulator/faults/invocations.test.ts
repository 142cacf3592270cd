import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../../emulator/faults/fault.ts';
import { invokeWith } from '../../../emulator/faults/invocations.ts';
import type { LocalFunction } from '../../../emulator/runtime/local-function.ts';

/** A function that records its calls. With `crashes`, an invocation lasts until it is killed. */
const aFunction = (crashes = false) => {
  const done: string[] = [];
  const target = {
    code: { name: 'ours', timeoutMs: 10 },
    invoke: (_event: unknown, onBegun?: (kill: () => Promise<void>) => void) =>
      new Promise((resolve, reject) => {
        done.push('begun');
        if (!crashes) resolve('result');
        onBegun?.(async () => {
          done.push('killed');
          reject(new Error('the process ended'));
        });
      }),
  } as unknown as LocalFunction;
  return { done, target };
};

const fault = (kind: Fault['fault'], delay = 1): Fault => ({ service: 'lambda', fault: kind, rate: 1, delay });

describe('an invocation', () => {
  test('without a fault returns its result', async () => {
    expect(await invokeWith(undefined, aFunction().target, {})).toBe('result');
  });

  test('with the fault slow returns its result', async () => {
    expect(await invokeWith(fault('slow'), aFunction().target, {})).toBe('result');
  });

  test('with the fault crash fails after its process is killed', async () => {
    const { done, target } = aFunction(true);
    await expect(invokeWith(fault('crash'), target, {})).rejects.toThrow('the process ended');
    expect(done).toEqual(['begun', 'killed']);
  });

  test('that ends before the crash does not kill the process, which may handle another event', async () => {
    const { done, target } = aFunction();
    expect(await invokeWith(fault('crash', 5), target, {})).toBe('result');
    await new Promise((later) => setTimeout(later, 20));
    expect(done).toEqual(['begun']);
  });

  test.each(['hang', 'error'] as const)('with the fault %s never starts', async (kind) => {
    const { done, target } = aFunction();
    await expect(invokeWith(fault(kind), target, {})).rejects.toThrow('injected fault');
    expect(done).toEqual([]);
  });
});

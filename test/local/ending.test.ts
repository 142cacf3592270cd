import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createEnding } from '../../local/ending.ts';

const exit = jest.spyOn(process, 'exit');

beforeEach(() => {
  jest.useFakeTimers();
  exit.mockReset().mockReturnValue(undefined as never);
});

afterEach(() => {
  jest.useRealTimers();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
});

test('the process exits when everything is disposed', async () => {
  const { begun, end } = createEnding();
  const undone: string[] = [];
  begun.defer(() => void undone.push('first'));
  begun.defer(async () => void undone.push('second'));
  await end(1);
  expect(undone).toEqual(['second', 'first']);
  expect(exit).toHaveBeenCalledWith(1);
});

test('the process exits within five seconds, even if disposing hangs', async () => {
  const { begun, end } = createEnding();
  begun.defer(() => new Promise(() => {}));
  void end(0);
  await jest.advanceTimersByTimeAsync(4_000);
  expect(exit).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(1_000);
  expect(exit).toHaveBeenCalledWith(0);
});

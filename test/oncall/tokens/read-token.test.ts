import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { askHidden } from '../../../oncall/tokens/read-token.ts';

const terminal = () => {
  const modes: { raw: boolean; shownSoFar: number }[] = [];
  const output = new PassThrough();
  const setRawMode = (raw: boolean) => modes.push({ raw, shownSoFar: output.readableLength });
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode });
  return { modes, input, output, shown: () => String(output.read() ?? '') };
};

/** What is awaited, if it comes without more input. */
const atOnce = async <T>(awaited: Promise<T>): Promise<T> => {
  const turns = async (): Promise<never> => {
    for (let count = 0; count < 100; count += 1) await nextTurn();
    throw new Error('It waits for more.');
  };
  return Promise.race([awaited, turns()]);
};

describe('a token typed in a terminal', () => {
  test('is read up to the line break, and no part of it is shown', async () => {
    const { modes, input, output, shown } = terminal();
    const asked = askHidden('Token: ', input, output);
    input.write('9d7e80');
    await nextTurn();
    input.write('x\u007fc0\r');
    expect(await atOnce(asked)).toBe('9d7e80c0');
    expect(shown()).toBe('Token: \n');
    // The terminal itself does not echo either, from before the question until the prompt ends.
    expect(modes).toMatchObject([{ raw: true, shownSoFar: 0 }, { raw: false }]);
  });

  test.each([
    ['Ctrl-C', '9d7e\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is not used after %s', async (_, typed) => {
    const { input, output } = terminal();
    const asked = askHidden('Token: ', input, output);
    input.write(typed);
    await expect(atOnce(asked)).rejects.toThrow('Canceled. Nothing was written.');
  });
});

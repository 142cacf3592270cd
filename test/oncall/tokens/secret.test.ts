import '../../support/as-npm.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Service } from '../../../emulator/aws/request.ts';
import { awsAnswer } from '../../../emulator/aws/request.ts';
import { instantWaits } from '../../support/instant-waits.ts';
import { A, B, C, startTokens } from '../../support/tokens-command.ts';

const AGREE = 'Agree on who changes it, see what it has (npm run oncall -- tokens list --stack S), and repeat what is missing.';

let tokens: Awaited<ReturnType<typeof startTokens>>;
let clock: ReturnType<typeof instantWaits>;

beforeAll(async () => {
  clock = instantWaits();
  tokens = await startTokens();
});

afterAll(() => tokens.stop());

beforeEach(async () => {
  tokens.secrets.around((serve) => serve);
  await tokens.put(A);
});

const add = () => tokens.run('add all', B);

/** Calls `interfere` around the calls of one action. */
const around = (action: string, interfere: (serve: () => ReturnType<Service>, nth: number) => ReturnType<Service>): void => {
  let nth = 0;
  tokens.secrets.around((serve) => (request) => {
    if (request.action !== action) return serve(request);
    nth += 1;
    return interfere(() => serve(request), nth);
  });
};

/** Another person's change. */
const meanwhile = async (value: string): Promise<void> => {
  tokens.secrets.around((serve) => serve);
  await tokens.put(value);
};

describe('a change of the secret', () => {
  test('is made to a secret that has had no other value', async () => {
    const fresh = await startTokens();
    const { status } = await fresh.run('add all', B);
    expect([status, await fresh.entries()]).toEqual([0, { '*': [B, 'first'] }]);
    await fresh.stop();
  });

  test('is not written if somebody has changed it since it was read', async () => {
    around('DescribeSecret', async (serve) => {
      await meanwhile(C);
      return serve();
    });
    expect(await add()).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: The secret was changed in the meantime. Nothing was written. Repeat the command.\n',
    });
    expect(await tokens.stored()).toBe(C);
  });

  test('is not reported as done if it replaced a change at the same time', async () => {
    around('PutSecretValue', async (serve) => {
      await meanwhile(C);
      return serve();
    });
    const { status, stdout, stderr } = await add();
    expect([status, stdout, stderr]).toEqual([
      1,
      '',
      `error: Somebody has changed the secret at the same time, and this command replaced it. ${AGREE}\n`,
    ]);
    expect(await tokens.stored('AWSPREVIOUS')).toBe(C);
    const [, line = ''] = /\((npm .*)\)/.exec(stderr) ?? [];
    expect((await tokens.run(line)).status).toBe(0);
  });

  test('is not reported as done if it was replaced at once', async () => {
    around('PutSecretValue', async (serve) => {
      const answer = await serve();
      await meanwhile(C);
      return answer;
    });
    expect(await add()).toEqual({
      status: 1,
      stdout: '',
      stderr: `error: Somebody has changed the secret after this command. ${AGREE}\n`,
    });
  });

  test('is not reported as done if another value is read back', async () => {
    around('GetSecretValue', async (serve, nth) => (nth === 1 ? serve() : awsAnswer({ SecretString: C })));
    expect(await add()).toEqual({
      status: 1,
      stdout: '',
      stderr: `error: The secret does not have the value that was written. ${AGREE}\n`,
    });
  });

  /** AWS still shows the versions as they were before the change, this often. */
  const lagging = (times: number): { looks: number } => {
    const seen = { looks: 0 };
    let before: Awaited<ReturnType<Service>> | undefined;
    around('DescribeSecret', async (serve, nth) => {
      before ??= await serve();
      // The first look is that before the change.
      if (nth > 1) seen.looks += 1;
      return nth <= times + 1 ? before : serve();
    });
    return seen;
  };

  test('is read back until AWS shows it, every half second', async () => {
    const seen = lagging(9);
    const started = clock.now();
    expect(await add()).toMatchObject({ status: 0, stderr: '' });
    expect(seen.looks).toBe(10);
    expect(clock.now() - started).toBe(4_500);
  });

  test('is not reported as done if AWS does not show it within ten looks', async () => {
    const seen = lagging(10);
    expect(await add()).toEqual({
      status: 1,
      stdout: '',
      stderr: `error: The new version of the secret could not be read back. ${AGREE}\n`,
    });
    expect(seen.looks).toBe(10);
  });

  test('is not made to a binary value', async () => {
    tokens.secrets.state.binary = true;
    const { status, stderr } = await add();
    tokens.secrets.state.binary = false;
    expect([status, stderr]).toEqual([
      2,
      "error: The value of the secret can't be read, so it can't be changed: the secret is binary, not text. Replace it: npm run oncall -- tokens set all --stack S\n",
    ]);
  });
});

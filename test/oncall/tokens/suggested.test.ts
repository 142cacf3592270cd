import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NOTIFICATION_TYPES, type NotificationType } from '../../../functions/core/notification.ts';
import { runDoctor } from '../../support/doctor.ts';
import { sampleOf } from '../../support/effort.ts';
import { eventually } from '../../support/eventually.ts';
import { DOCUMENTED } from '../../support/notifications.ts';
import { type RunningStack, runStack } from '../../support/running-stack.ts';
import { runTyped } from '../../support/typed-command.ts';

const token = (digit: string): string => digit.repeat(40);

/** The tokens at Fractal. */
type Fractal = Readonly<Record<NotificationType, string>>;

const same = (one: string): Fractal => Object.fromEntries(NOTIFICATION_TYPES.map((type) => [type, one])) as Fractal;

const OWN: Fractal = {
  verification_approved: token('1'),
  verification_contacted: token('2'),
  verification_rejected: token('3'),
  credential_shared: token('4'),
  email_changed: token('5'),
  kraken: token('6'),
};
const { email_changed: _, ...allButOne } = OWN;

const SITUATIONS: [situation: string, secret: string, fractal: Fractal][] = [
  ['lacks the token of one type', JSON.stringify(allButOne), OWN],
  ['has the token of one type only', JSON.stringify({ email_changed: OWN.email_changed }), OWN],
  ['has no token yet', '{"no_token_yet":"Yz3"}', same(token('a'))],
  ['cannot be read', `{"*":"${token('a')}",}`, same(token('a'))],
  ['has a token in quotation marks', `“${token('a')}”`, same(token('a'))],
  ['has a former token with a line break', JSON.stringify({ '*': [token('a'), `${token('b')}\n-`] }), same(token('a'))],
  [
    'has a misspelled type',
    JSON.stringify({ '*': token('a'), verification_aproved: token('1') }),
    { ...same(token('a')), verification_approved: token('1') },
  ],
];

let stack: RunningStack;
let env: Record<string, string>;

beforeAll(async () => {
  stack = await runStack();
  env = {
    AWS_ENDPOINT_URL: stack.awsEndpointUrl,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
});

afterAll(() => stack.stop());

const findingOfSecret = async () => {
  const { findings } = await runDoctor(stack, ['--stack', 'FractalWebhooks'], env);
  return findings.find(({ check }) => check === 'secret');
};

/** Types each command of a remedy as it is printed, with the token that Fractal's dashboard shows, and confirms if asked. */
const follow = async (remedy: string, fractal: Fractal): Promise<void> => {
  for (const [printed] of remedy.matchAll(/npm run oncall -- tokens \w+ \w+ --stack FractalWebhooks/g)) {
    const line = printed.replace('TYPE', 'verification_approved');
    const [, type = ''] = /tokens set (\w+)/.exec(line) ?? [];
    const input = `printf %s '${fractal[type as NotificationType] ?? fractal.email_changed}' |`;
    let typed = await runTyped(stack, `${input} ${line}`);
    if (typed.stderr.includes('Add --yes to confirm')) typed = await runTyped(stack, `${input} ${line} --yes`);
    expect([line, typed.stderr, typed.status]).toEqual([line, expect.not.stringContaining('error'), 0]);
  }
};

describe('the commands that doctor prints', () => {
  test.each(sampleOf(SITUATIONS, 2))('mend a secret that %s: then every delivery is accepted', async (_, secret, fractal) => {
    await stack.putSecret(secret);
    let finding = await findingOfSecret();
    expect(finding?.result).toBe('wrong');
    for (let steps = 0; finding?.remedy && steps < NOTIFICATION_TYPES.length; steps += 1) {
      await follow(finding.remedy, fractal);
      finding = await findingOfSecret();
    }
    expect(finding).toMatchObject({ result: 'ok' });
    for (const type of NOTIFICATION_TYPES) {
      await eventually(async () =>
        expect([type, await stack.deliver(DOCUMENTED.payloads[type], fractal[type])]).toMatchObject([type, { status: 202 }]),
      );
    }
  });
});

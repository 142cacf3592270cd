import '../../support/as-npm.ts';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand, type Target as RuleTarget } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { awsAnswer } from '../../../emulator/aws/request.ts';
import { createEventBridge, type EventBridge } from '../../../emulator/engines/eventbridge/eventbridge.ts';
import type { EventParts } from '../../../oncall/target.ts';
import { startAwsWith } from '../../support/aws-with.ts';

const { checkRules } = await import('../../../oncall/doctor/rules.ts');

const SQS = 'arn:aws:sqs:eu-central-1:000000000000';
const LISTENER = 'fractal-webhooks-listener-';
const events = {
  busName: 'bus',
  busArn: 'arn:aws:events:eu-central-1:000000000000:event-bus/bus',
  checkQueueUrl: 'http://localhost:1/000000000000/check',
  listenerQueueUrl: 'http://localhost:1/000000000000/listeners',
} as EventParts;
const NOBODY = { check: 'rules', result: 'ok', says: 'nobody else receives the events of this bus' };

let bus: EventBridge;
let aws: Awaited<ReturnType<typeof startAwsWith>>;

beforeEach(async () => {
  bus = createEventBridge({ refusesEntry: () => false, onEvent: () => {}, send: async () => {} });
  bus.buses.add('bus');
  bus.archives.set('arn:archive/one', { bus: 'bus', matches: () => true });
  aws = await startAwsWith({ events: bus.serve });
  await rule('check', { Arn: `${SQS}:check` });
});

afterEach(() => aws.stop());

const rule = async (Name: string, ...targets: readonly Partial<RuleTarget>[]): Promise<void> => {
  const client = new EventBridgeClient(aws.target.client);
  await client.send(new PutRuleCommand({ EventBusName: 'bus', Name, EventPattern: '{"source":["any"]}' }));
  if (targets.length === 0) return;
  const Targets = targets.map((target, index) => ({ Id: `${index}`, Arn: '', ...target }));
  await client.send(new PutTargetsCommand({ EventBusName: 'bus', Rule: Name, Targets }));
};

const startedAgo = (ms: number): string => `${LISTENER}${String(Date.now() - ms).padStart(13, '0')}-0123abcd`;

const check = () => checkRules(aws.target, events);

describe('the rules of the bus', () => {
  test('of the stack itself, of its archive and of a listener are not those of others', async () => {
    await rule(startedAgo(60_000), { Arn: `${SQS}:listeners` });
    expect(await check()).toEqual(NOBODY);
  });

  test('of others are listed with their targets, by name', async () => {
    await rule('b-two', { Arn: 'arn:b', DeadLetterConfig: { Arn: 'arn:dead' } }, { Arn: 'arn:c', DeadLetterConfig: {} });
    expect(await check()).toEqual({ check: 'rules', result: 'ok', says: '1 more rule: b-two → arn:b, arn:dead, arn:c' });
    await rule('a-one', { Arn: `${SQS}:check` }, { Arn: 'arn:a' });
    expect((await check()).says).toBe(`2 more rules: a-one → ${SQS}:check, arn:a; b-two → arn:b, arn:dead, arn:c`);
  });

  test('that send what the queue does not take to others are those of others', async () => {
    await rule('check', { Arn: `${SQS}:check`, DeadLetterConfig: { Arn: 'arn:elsewhere' } });
    expect((await check()).says).toBe(`1 more rule: check → ${SQS}:check, arn:elsewhere`);
  });

  test('of listeners may aim at the queue of listeners only, and of others not', async () => {
    const listener = startedAgo(60_000);
    await rule(listener, { Arn: `${SQS}:check` });
    await rule('other', { Arn: `${SQS}:listeners` });
    expect((await check()).says).toBe(`2 more rules: ${listener} → ${SQS}:check; other → ${SQS}:listeners`);
  });

  test('that listeners have left are wrong, also among others, with the command that deletes them', async () => {
    const remedy = 'Every new listener deletes them: npm run oncall -- events --follow --stack S';
    const says = `left by listeners that did not end properly: ${LISTENER}forever → ${SQS}:listeners`;
    await rule(`${LISTENER}forever`, { Arn: `${SQS}:listeners` });
    expect(await check()).toEqual({ check: 'rules', result: 'wrong', says, remedy });
    await rule('z', { Arn: 'arn:z' });
    expect(await check()).toEqual({ check: 'rules', result: 'wrong', says: `${says}; 1 more rule: z → arn:z`, remedy });
    const old = startedAgo(2 * 86_400_000);
    await rule(old);
    expect((await check()).says).toBe(
      `left by listeners that did not end properly: ${old} → no target; ${LISTENER}forever → ${SQS}:listeners; 1 more rule: z → arn:z`,
    );
  });

  test('cannot move the cursor of a terminal by their targets', async () => {
    await rule('other', { Arn: 'arn:\u001b[2J' });
    expect((await check()).says).toBe('1 more rule: other → arn:\uFFFD[2J');
  });

  test('may be without a name, a target or an ARN', async () => {
    aws.around('events', 'ListRules', async () => awsAnswer({ Rules: [{}] }));
    aws.around('events', 'ListTargetsByRule', async () => awsAnswer({ Targets: [{ Id: '1' }] }));
    expect((await check()).says).toBe('1 more rule:  → no target');
  });
});

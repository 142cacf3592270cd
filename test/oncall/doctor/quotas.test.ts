import '../../support/as-npm.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { awsAnswer, awsError } from '../../../emulator/aws/request.ts';
import { serveServiceQuotas } from '../../../emulator/engines/service-quotas.ts';
import type { EventParts, Target } from '../../../oncall/target.ts';
import { startAwsWith } from '../../support/aws-with.ts';

const { checkQuotas } = await import('../../../oncall/doctor/quotas.ts');

const PUT_EVENTS = 'PutEvents throttle limit in transactions per second';

let aws: Awaited<ReturnType<typeof startAwsWith>>;

beforeAll(async () => {
  aws = await startAwsWith({ servicequotas: serveServiceQuotas });
});

afterEach(() => aws.restore());

afterAll(() => aws.stop());

const check = (parts: Partial<Target>) => checkQuotas({ ...aws.target, events: {} as EventParts, ...parts });

/** Lets this quota have a value; others are as they are. */
const quota = (code: string, Value: number | undefined, action = 'GetServiceQuota') =>
  aws.around('servicequotas', action, async (serve, _, { body }) => {
    if (JSON.parse(body.toString()).QuotaCode !== code) return serve();
    return Value === undefined ? awsError(400, 'NoSuchResourceException', 'none of its own') : awsAnswer({ Quota: { Value } });
  });

describe('the quotas of the account', () => {
  test('are ok if they cover the throttle, and half of it in events', async () => {
    expect(await check({ throttleRate: 10_000 })).toEqual({
      check: 'quotas',
      result: 'ok',
      says: `"Throttle rate" is 10000, 10000 needed; "${PUT_EVENTS}" is 10000, 5000 needed`,
    });
  });

  test('of events are not asked for without events', async () => {
    expect(await check({ throttleRate: 10_000, events: undefined })).toMatchObject({
      result: 'ok',
      says: '"Throttle rate" is 10000, 10000 needed',
    });
  });

  test('are wrong if one is lower, with what happens then and the command that asks for more', async () => {
    quota('L-9B653E91', 2_400);
    expect(await check({ throttleRate: 4_801 })).toEqual({
      check: 'quotas',
      result: 'wrong',
      says: `"${PUT_EVENTS}" is 2400 per second, and 2401 are needed: events wait in the stream until they are taken`,
      remedy:
        'Request more: aws service-quotas request-service-quota-increase --service-code events --quota-code L-9B653E91 --desired-value 2401 --region eu-central-1. Or lower throttleRate in infra/installations.ts, and deploy: npm run cdk -- deploy S',
    });
    quota('L-8A5B8E43', 2_500);
    const { says, remedy } = await check({ throttleRate: 5_000 });
    expect(says).toMatch(/^"Throttle rate" is 2500 per second, and 5000 are needed: .*; "PutEvents/);
    expect(remedy).toMatch(
      /--service-code apigateway --quota-code L-8A5B8E43 --desired-value 5000 --region eu-central-1 and aws service-quotas /,
    );
  });

  test('that were never changed are the defaults', async () => {
    quota('L-9B653E91', undefined);
    quota('L-9B653E91', 20, 'GetAWSDefaultServiceQuota');
    expect(await check({ throttleRate: 50 })).toMatchObject({
      result: 'wrong',
      says: expect.stringContaining('is 20 per second'),
    });
  });

  test('are not known if they cannot be read', async () => {
    aws.around('servicequotas', 'GetServiceQuota', async () => awsError(400, 'AccessDeniedException', 'not you'));
    await expect(check({ throttleRate: 50 })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

import '../support/as-npm.ts';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { awsAnswer } from '../../emulator/aws/request.ts';
import { serveServiceQuotas } from '../../emulator/engines/service-quotas.ts';
import type { EventParts } from '../../oncall/target.ts';
import { startAwsWith } from '../support/aws-with.ts';

const { checkQuotas } = await import('../../oncall/doctor/quotas.ts');

let aws: Awaited<ReturnType<typeof startAwsWith>>;

beforeAll(async () => {
  aws = await startAwsWith({ servicequotas: serveServiceQuotas }, { events: {} as EventParts, throttleRate: 50 });
  aws.around('servicequotas', 'GetServiceQuota', async () => awsAnswer({ Quota: { Value: 10 } }));
});

afterAll(() => aws.stop());

test('the commands that doctor prints ask for as much as is needed', async () => {
  const { remedy = '' } = await checkQuotas(aws.target);
  const [, commands = ''] = /^Request more: (.*?)\. Or /.exec(remedy) ?? [];
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: aws.url,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  };
  const requested = await Promise.all(
    commands.split(' and ').map(async (command) => {
      const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
      return JSON.parse(stdout).RequestedQuota;
    }),
  );
  expect(requested).toEqual([
    { ServiceCode: 'apigateway', QuotaCode: 'L-8A5B8E43', DesiredValue: 50, Status: 'PENDING' },
    { ServiceCode: 'events', QuotaCode: 'L-9B653E91', DesiredValue: 25, Status: 'PENDING' },
  ]);
});

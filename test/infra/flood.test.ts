import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PRICES } from '../../bench/cost.ts';
import { readSettings } from '../../infra/read-settings.ts';
import { type Json, resourcesOf, variant } from '../support/templates.ts';

/** HTTP APIs are metered in units of 512 KB, and accept bodies of 10 MB. https://aws.amazon.com/api-gateway/pricing/ */
const UNITS_OF_THE_LARGEST = (10 * 1024) / 512;
/** The default quota of the account in a region. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const REGION_RATE = 10_000;
/** CloudWatch Logs counts these bytes for each event. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutLogEvents.html */
const EVENT_OVERHEAD = 26;
/** A line of ingest about a refused request. */
const REFUSED_BYTES = 190;
const INGEST_SECONDS = 0.01;
const DAY = 86_400;

const { throttleRate } = readSettings({ stage: 'prod' });
const { template } = variant('prod');
const only = (type: string, wanted: (properties: Json) => boolean = () => true): Json =>
  resourcesOf(template, type).find(([, { Properties }]) => wanted(Properties))?.[1].Properties;
const accessLine = only('AWS::ApiGatewayV2::Stage')
  .AccessLogSettings.Format.replace('$context.requestId', 'JKJaXmPLvHcESHA=')
  .replace('$context.identity.sourceIp', '203.0.113.178')
  .replace('$context.status', '429')
  .replace('$context.responseLatency', '12');
const memoryGb = only('AWS::Lambda::Function', ({ Description }) => /^Verifies/.test(Description)).MemorySize / 1_024;

const page = readFileSync(join(import.meta.dirname, '../../infra/README.md'), 'utf8').replace(/\s+/g, ' ');
const [, floods = ''] = /## Floods(.*?)## Audits/.exec(page) ?? [];

/** The amount on the page, in dollars a day. */
const amount = (pattern: RegExp): number => Number(pattern.exec(floods)?.[1]);

const requests = throttleRate * DAY;
const logs = PRICES.logByte * (2 * EVENT_OVERHEAD + accessLine.length + REFUSED_BYTES);
const rest = requests * (PRICES.lambdaRequest + INGEST_SECONDS * memoryGb * PRICES.lambdaGbSecond + logs);

describe("the page's cost of a flood", () => {
  test('is for the default throttle', () => {
    expect(floods).toContain(`at ${throttleRate} requests a second around the clock`);
  });

  test.each<[string, RegExp, number]>([
    ['the API, with small bodies', /\$([\d.]+) a day for the API/, requests * PRICES.apiRequest],
    ['Lambda and logs', /\$([\d.]+) for Lambda and logs/, rest],
    ['the API, with the largest bodies', /up to \$([\d.]+) a day/, requests * PRICES.apiRequest * UNITS_OF_THE_LARGEST],
    [
      'the access log at the rate of the region',
      /about \$([\d.]+) a day at 10,000 requests a second/,
      REGION_RATE * DAY * PRICES.logByte * (EVENT_OVERHEAD + accessLine.length),
    ],
  ])('follows from settings and prices: %s', (_, pattern, expected) => {
    expect(amount(pattern) / expected).toBeGreaterThan(0.9);
    expect(amount(pattern) / expected).toBeLessThan(1.1);
  });
});

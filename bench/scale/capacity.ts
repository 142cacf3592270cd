import { batchSize, visibilityTimeout } from '../../infra/limits.ts';
import { readSettings } from '../../infra/read-settings.ts';
import { SERVICE_TIMES } from '../../infra/size.ts';
import { AWS } from './limits.ts';
import type { Capacity, ServiceTimes } from './model.ts';

/** What an installation of this size has, with the default quotas of an account that has raised those that it needs. */
export const capacityFor = (expectedPerSecond: number | undefined, quotas: Partial<Capacity> = {}): Capacity => {
  const settings = readSettings({ stage: 'prod', ...(expectedPerSecond !== undefined && { expectedPerSecond }) });
  return {
    throttleRate: settings.throttleRate,
    throttleBurst: settings.throttleBurst,
    applyConcurrency: settings.applyConcurrency,
    batchSize: batchSize(settings),
    batchWindowSeconds: settings.batchWindowSeconds,
    visibilitySeconds: visibilityTimeout(settings).toSeconds(),
    parallelization: settings.streamParallelization,
    warmWrites: settings.warmWrites ?? AWS.tableAtFirst.value,
    lambdaConcurrency: AWS.lambdaConcurrency.value,
    apiRate: AWS.apiRate.value,
    putEvents: AWS.putEvents.value,
    ...quotas,
  };
};

/** On AWS: the stream and the queue are polled (AWS: about four times a second, and by long polling). */
export const ON_AWS: ServiceTimes = { ...SERVICE_TIMES, streamDelay: 0.25, queueDelay: 0.05 };

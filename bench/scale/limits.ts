/** A limit of AWS, with the page that states it. */
export interface Limit {
  readonly value: number;
  readonly page: string;
}

const DOCS = 'https://docs.aws.amazon.com';

/** The default quotas and the fixed limits that can bind, as of November 2026. */
export const AWS = {
  /** Requests per second to all HTTP APIs of an account and region; can be raised. */
  apiRate: { value: 10_000, page: `${DOCS}/apigateway/latest/developerguide/limits.html` },
  apiBurst: { value: 5_000, page: `${DOCS}/apigateway/latest/developerguide/limits.html` },
  /** Concurrent executions of all functions; can be raised. New accounts begin with fewer. */
  lambdaConcurrency: { value: 1_000, page: `${DOCS}/lambda/latest/dg/gettingstarted-limits.html` },
  /** New execution environments of a function in ten seconds. */
  lambdaScaling: { value: 1_000, page: `${DOCS}/lambda/latest/dg/lambda-concurrency.html` },
  /** Concurrent batches of a queue's event source: at first, more per minute, and at most. */
  pollersAtFirst: { value: 5, page: `${DOCS}/lambda/latest/dg/services-sqs-scaling.html` },
  pollersPerMinute: { value: 300, page: `${DOCS}/lambda/latest/dg/services-sqs-scaling.html` },
  pollersAtMost: { value: 1_250, page: `${DOCS}/lambda/latest/dg/services-sqs-scaling.html` },
  /** Messages of a standard queue that are received and not yet deleted. */
  inFlight: { value: 120_000, page: `${DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html` },
  /** Write units per second that a new on-demand table takes; it then takes twice its former peak within half an hour. */
  tableAtFirst: { value: 4_000, page: `${DOCS}/amazondynamodb/latest/developerguide/warm-throughput.html` },
  /** Write units per second of a table; can be raised. */
  tableAtMost: { value: 40_000, page: `${DOCS}/amazondynamodb/latest/developerguide/ServiceQuotas.html` },
  /** Write units per second of a partition, so of one user's items. */
  partition: { value: 1_000, page: `${DOCS}/amazondynamodb/latest/developerguide/bp-partition-key-design.html` },
  /** Batches of a shard of a table's stream that can be processed at once. */
  parallelizationAtMost: { value: 10, page: `${DOCS}/lambda/latest/dg/services-ddb-params.html` },
  /** PutEvents requests per second in a large region; from 600 in small ones. Can be raised. */
  putEvents: { value: 10_000, page: `${DOCS}/eventbridge/latest/userguide/eb-quota.html` },
  entriesPerPutEvents: { value: 10, page: `${DOCS}/eventbridge/latest/userguide/eb-putevents.html` },
} as const satisfies Readonly<Record<string, Limit>>;

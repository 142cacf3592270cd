/** List prices in US dollars for us-east-1 in November 2026, without free tiers. */
export const PRICES = {
  region: 'us-east-1',
  date: 'November 2026',
  apiRequest: 1.0e-6,
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: 0.0000133334, // arm64
  sqsRequest: 0.4e-6,
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  logByte: 0.5 / 1e9,
  trace: 5e-6,
  event: 1.0e-6,
  archivedByte: 0.1 / 1e9, // plus 2.3 cents per GB and month of storage
  hostedGatewayMessage: 100e-6, // Svix: published price per message beyond the plan
} as const;

const MEMORY_GB = 0.5;
/** The batch size with a batch window. Lambda's poller receives and deletes at most ten messages per call to SQS (AWS). */
export const FULL_BATCH = 10;
/** The assumed duration of a call to SQS on AWS, in milliseconds, in addition to the measured CPU time. The same for all. */
const SQS_CALL_MS = 10;
/** The size of a line in API Gateway's access log, in bytes. The same for all. */
const ACCESS_LOG_BYTES = 95;

/** The measured figures per notification. */
export interface Counted {
  readonly ingestCpuMs: number;
  /** Milliseconds of apply: the time of a batch divided by its notifications. */
  readonly applyMs: number;
  readonly sqsCalls: number;
  readonly writeUnits: number;
  readonly logBytes: number;
}

/** Dollars per million notifications by service. @param batch the batch size of apply, at most ten */
export const costPerMillion = (
  { ingestCpuMs, applyMs, sqsCalls, writeUnits, logBytes }: Counted,
  batch: number,
): Readonly<Record<string, number>> => {
  const gbSeconds = ((SQS_CALL_MS + ingestCpuMs + applyMs) / 1_000) * MEMORY_GB;
  const each = {
    'HTTP API': PRICES.apiRequest,
    Lambda: (1 + 1 / batch) * PRICES.lambdaRequest + gbSeconds * PRICES.lambdaGbSecond,
    SQS: (sqsCalls + 2 / batch) * PRICES.sqsRequest,
    DynamoDB: writeUnits * PRICES.writeUnit,
    Logs: (logBytes + ACCESS_LOG_BYTES) * PRICES.logByte,
  };
  const total = Object.values(each).reduce((sum, one) => sum + one, 0);
  return Object.fromEntries(Object.entries({ ...each, together: total }).map(([name, dollars]) => [name, dollars * 1e6]));
};

/** The billed size of an archived event about a level, in bytes. */
const EVENT_BYTES = 600;
/** The assumed duration of a call to EventBridge on AWS, in milliseconds. */
const PUT_EVENTS_MS = SQS_CALL_MS;

/**
 * Dollars per million changes for their events, in batches of this size: the bus, its archive and publish. Lambda reads a
 * table's stream free of charge.
 */
export const eventsPerMillion = (changeMs: number, logBytes: number, batch: number): number => {
  const gbSeconds = ((PUT_EVENTS_MS / batch + changeMs) / 1_000) * MEMORY_GB;
  const lambda = PRICES.lambdaRequest / batch + gbSeconds * PRICES.lambdaGbSecond;
  return (PRICES.event + EVENT_BYTES * PRICES.archivedByte + lambda + logBytes * PRICES.logByte) * 1e6;
};

/**
 * Dollars per thousand views of the dashboard's widget.
 *
 * @param calls the calls of a view
 * @param ms its duration in milliseconds
 */
export const viewsPerThousand = (calls: Readonly<Record<string, number>>, items: number, ms: number): number => {
  const sqs = Object.entries(calls).reduce((sum, [name, count]) => sum + (name.startsWith('sqs ') ? count : 0), 0);
  const lambda = PRICES.lambdaRequest + (ms / 1_000) * MEMORY_GB * PRICES.lambdaGbSecond;
  return (sqs * PRICES.sqsRequest + items * PRICES.readUnit + lambda) * 1e3;
};

/**
 * Dollars per million notifications for traces, at a steady rate. X-Ray records the first request per second and 5 % of the
 * rest, for both functions.
 */
export const tracesPerMillion = (perSecond: number, batch: number): number => {
  const recorded = (rate: number) => Math.min(rate, 1) + 0.05 * Math.max(0, rate - 1);
  return ((recorded(perSecond) + recorded(perSecond / batch)) / perSecond) * PRICES.trace * 1e6;
};

/** List prices in US dollars, us-east-1, as known in November 2026; without free tiers. */
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
  archivedByte: 0.1 / 1e9, // and 2.3 cents a month for each GB that it has
  hostedGatewayMessage: 100e-6, // Svix, its published price per message above the plan
} as const;

const MEMORY_GB = 0.5;
/** What a window makes of a batch here. Lambda's poller takes and deletes ten messages at most in one call to SQS (AWS). */
export const FULL_BATCH = 10;
/** What a call to SQS takes in AWS, in milliseconds, beside the CPU that was measured: the same for all. */
const SQS_CALL_MS = 10;
/** A line of API Gateway's access log, in bytes. It is the same for all. */
const ACCESS_LOG_BYTES = 95;

/** What was counted and measured, per notification. */
export interface Counted {
  readonly ingestCpuMs: number;
  /** Milliseconds of apply, of a batch divided by its notifications. */
  readonly applyMs: number;
  readonly sqsCalls: number;
  readonly writeUnits: number;
  readonly logBytes: number;
}

/** Dollars per million notifications that apply gets in batches of this size, ten at most, by what they are for. */
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

/** An event of a level, in bytes: what its archive is charged for. */
const EVENT_BYTES = 600;
/** What a call to EventBridge takes in AWS, in milliseconds: as one to SQS. */
const PUT_EVENTS_MS = SQS_CALL_MS;

/**
 * Dollars per million changes for their events, in batches of this size: what is put on the bus and archived, and what publish takes. Reading a
 * table's stream costs Lambda's users nothing.
 */
export const eventsPerMillion = (changeMs: number, logBytes: number, batch: number): number => {
  const gbSeconds = ((PUT_EVENTS_MS / batch + changeMs) / 1_000) * MEMORY_GB;
  const lambda = PRICES.lambdaRequest / batch + gbSeconds * PRICES.lambdaGbSecond;
  return (PRICES.event + EVENT_BYTES * PRICES.archivedByte + lambda + logBytes * PRICES.logByte) * 1e6;
};

/** Dollars for a thousand looks of the dashboard's widget, by its calls and its duration in milliseconds. */
export const perThousandLooks = (calls: Readonly<Record<string, number>>, items: number, ms: number): number => {
  const sqs = Object.entries(calls).reduce((sum, [name, count]) => sum + (name.startsWith('sqs ') ? count : 0), 0);
  const lambda = PRICES.lambdaRequest + (ms / 1_000) * MEMORY_GB * PRICES.lambdaGbSecond;
  return (sqs * PRICES.sqsRequest + items * PRICES.readUnit + lambda) * 1e3;
};

/** Dollars per million for traces at a steady rate: X-Ray records the first of each second and 5 % of the rest, of both functions. */
export const tracesPerMillion = (perSecond: number, batch: number): number => {
  const recorded = (rate: number) => Math.min(rate, 1) + 0.05 * Math.max(0, rate - 1);
  return ((recorded(perSecond) + recorded(perSecond / batch)) / perSecond) * PRICES.trace * 1e6;
};

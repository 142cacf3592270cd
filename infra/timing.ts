import { Duration } from 'aws-cdk-lib';

// Every number here follows from one of these three.
const FRACTAL_HANGS_UP = Duration.seconds(10);
const APPLY_TIMEOUT = Duration.seconds(10);
const BATCH_WINDOW = Duration.seconds(1);

const less = (duration: Duration, seconds: number) => Duration.seconds(duration.toSeconds() - seconds);

export const ingestTiming = {
  /** API Gateway answers for ingest when it must: two seconds are left for the way to Fractal and back. */
  answerWithin: less(FRACTAL_HANGS_UP, 2),
  /** Ingest gives up a second before this, so a cold start may take two. */
  timeout: less(FRACTAL_HANGS_UP, 3),
} as const;

export const applyTiming = {
  timeout: APPLY_TIMEOUT,
  /** A batch larger than ten needs a window of at least a second (AWS). */
  batchSize: 100,
  batchWindow: BATCH_WINDOW,
} as const;

export const queueTiming = {
  /** AWS: at least six times the function's timeout, and the batch window on top. */
  visibilityTimeout: Duration.seconds(6 * APPLY_TIMEOUT.toSeconds() + BATCH_WINDOW.toSeconds()),
  /** A message keeps its first enqueue time on the dead-letter queue, so that queue must keep longer. This is SQS's longest. */
  deadLetterRetention: Duration.days(14),
  /** AWS: at least five, or throttling alone sends messages to the dead-letter queue. */
  attempts: 5,
} as const;

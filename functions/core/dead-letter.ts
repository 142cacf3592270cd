/** A message of the dead-letter queue, as SQS hands it out. Times are epoch milliseconds. */
export interface DeadLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** When it was first put on a queue: its time on the queue before counts for its expiry (AWS, standard queues). */
  readonly sentAt: number;
}

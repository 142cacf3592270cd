/** A message received from the dead-letter queue. Times are epoch milliseconds. */
export interface DeadLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** When it was first enqueued. Expiry counts from then, so it includes the time on the main queue (AWS, standard queues). */
  readonly sentAt: number;
}

/** A message received from a queue, invisible to others for a while. Times are epoch milliseconds. */
export interface HeldMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** When it was first enqueued. On a dead-letter queue, that is when it came to the main queue (AWS, standard queues). */
  readonly sentAt: number;
}

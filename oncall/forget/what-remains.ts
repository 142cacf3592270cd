/** A place in which a person's data can remain after `forget`. */
export interface Remainder {
  readonly what: string;
  /** The type of resource, the property or the output of the template that holds it; `undefined` if it is outside of the stack. */
  readonly part?: string;
  /** Whether a stack without `changeEvents` does not have it. */
  readonly ofEvents?: boolean;
}

/** What `forget` does not delete, also for the documentation. In brackets, the setting or period after which it expires. */
export const REMAINDERS: readonly Remainder[] = [
  { what: 'backups of the tables (recoveryDays)', part: 'PointInTimeRecoverySpecification' },
  { what: 'its stream (a day)', part: 'StreamSpecification', ofEvents: true },
  { what: 'the archive of events (recoveryDays)', part: 'AWS::Events::Archive', ofEvents: true },
  { what: 'batches of changes on which publish failed for a day (14 days)', part: 'AWS::S3::Bucket', ofEvents: true },
  { what: 'the queue of listeners (an hour)', part: 'EventListenerQueueUrl', ofEvents: true },
  {
    what: 'events on their way to the backend, which are dropped at the next attempt (an hour)',
    part: 'ForwardQueueUrl',
    ofEvents: true,
  },
  { what: 'logs, which have ids of messages and changes (logRetentionDays)', part: 'AWS::Logs::LogGroup' },
  { what: 'files of dlq drop and export' },
  { what: 'backups and exports of the tables that you have made' },
  { what: 'the note of the erasure, with the SHA-256 of the ids' },
  { what: 'what your consumers keep' },
];

/** The list as a sentence. */
export const whatRemains = (changeEvents: boolean): string => {
  const list = REMAINDERS.filter(({ ofEvents = false }) => changeEvents || !ofEvents).map(({ what }) => what);
  return `Not deleted: ${list.join('; ')}. Fractal may still send more.`;
};

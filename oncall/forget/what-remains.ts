/** A place in which a person's data can remain after `forget`. */
export interface Remainder {
  readonly what: string;
  /** The type of resource, the property or the output of the template that holds it; `undefined` if it is outside of the stack. */
  readonly part?: string;
  /** The setting without which a stack does not have it. */
  readonly needs?: 'changeEvents' | 'forwardTo';
}

/** What `forget` does not delete, also for the documentation. In brackets, the setting or period after which it expires. */
const REMAINDERS: readonly Remainder[] = [
  { what: 'backups of the tables (recoveryDays)', part: 'PointInTimeRecoverySpecification' },
  { what: 'its stream (a day)', part: 'StreamSpecification', needs: 'changeEvents' },
  { what: 'the archive of events (recoveryDays)', part: 'AWS::Events::Archive', needs: 'changeEvents' },
  { what: 'batches of changes on which publish failed for a day (14 days)', part: 'AWS::S3::Bucket', needs: 'changeEvents' },
  { what: 'the queue of listeners (an hour)', part: 'EventListenerQueueUrl', needs: 'changeEvents' },
  {
    what: 'events on their way to the backend, which are dropped at the next attempt (an hour)',
    part: 'ForwardQueueUrl',
    needs: 'forwardTo',
  },
  { what: 'logs, which have ids of messages and changes (logRetentionDays)', part: 'AWS::Logs::LogGroup' },
  { what: 'files of dlq drop and export' },
  { what: 'backups and exports of the tables that you have made' },
  { what: 'the note of the erasure, with the SHA-256 of the ids' },
  { what: 'what your consumers keep' },
];

/** What is left in a stack with these settings. */
export const remaindersWith = (settings: { readonly changeEvents: boolean; readonly forwardTo: boolean }): readonly Remainder[] =>
  REMAINDERS.filter(({ needs }) => needs === undefined || settings[needs]);

/** The list as a sentence. */
export const whatRemains = (settings: Parameters<typeof remaindersWith>[0]): string =>
  `Not deleted: ${remaindersWith(settings)
    .map(({ what }) => what)
    .join('; ')}. Fractal may still send more.`;

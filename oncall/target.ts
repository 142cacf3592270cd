/** How a client of the AWS SDK reaches the stack; empty where the SDK finds its own way. */
export interface ClientSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly useFipsEndpoint?: boolean;
  readonly useDualstackEndpoint?: boolean;
  readonly maxAttempts: number;
  readonly requestHandler: Readonly<Record<string, number | boolean>>;
}

// The SDK would wait for ever, and a person does not. In milliseconds.
export const LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, socketTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

/** The parts of a stack that have to do with events. */
export interface EventParts {
  readonly busName: string;
  readonly busArn: string;
  readonly archiveArn: string;
  readonly unpublishedQueueUrl: string;
  /** Where the events of made-up people are. */
  readonly checkQueueUrl: string;
  /** Where the changes of the table come from. */
  readonly streamArn: string;
}

/** What a stack says of them: nothing where changeEvents is off. */
export type EventOutputs = { readonly [Part in Exclude<keyof EventParts, 'busArn'>]: string | undefined };

/** The parts, if the stack has them all. */
export const eventPartsOf = (outputs: EventOutputs): EventParts | undefined => {
  const { busName, archiveArn, unpublishedQueueUrl, checkQueueUrl, streamArn } = outputs;
  if (!busName || !archiveArn || !unpublishedQueueUrl || !checkQueueUrl || !streamArn) return undefined;
  const busArn = archiveArn.replace(/:archive\/.*/, `:event-bus/${busName}`);
  return { busName, busArn, archiveArn, unpublishedQueueUrl, checkQueueUrl, streamArn };
};

/** The stack that a command works on. */
export interface Target {
  readonly webhookUrl: string;
  readonly tableName: string;
  readonly secretId: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly alarmTopicArn: string;
  /** Unless changeEvents is off. */
  readonly events: EventParts | undefined;
  /** How many functions must run at once for a burst to be answered, if the account is to have them; 0 if they are set aside. */
  readonly concurrencyNeeded: number;
  /** By how many milliseconds AWS may be late: with what SQS counts, and until a new rule works (a minute each). */
  readonly lagMs: number;
  /** The options that name it on the command line, for commands that are proposed: ` --stack NAME`. */
  readonly options: string;
  /** The options with which the aws command line reaches it. */
  readonly awsOptions: string;
  /** What to do about a part that is not as the template has it. */
  readonly deployAgain: string;
  /** How to change a setting: "Set alarmEmail". */
  remedy(change: string): string;
  readonly client: ClientSettings;
}

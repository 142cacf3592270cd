import type { StackParts } from '../functions/core/stack-contract.ts';

/** Settings for the clients of the AWS SDK. What is missing, the SDK finds in its environment. */
export interface ClientSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly useFipsEndpoint?: boolean;
  readonly useDualstackEndpoint?: boolean;
  readonly maxAttempts: number;
  readonly requestHandler: Readonly<Record<string, number | boolean>>;
}

// By default the SDK waits without a limit. In milliseconds.
export const LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, socketTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

/** The parts of a stack that publish events. */
export interface EventParts {
  readonly busName: string;
  readonly busArn: string;
  readonly archiveArn: string;
  readonly unpublishedQueueUrl: string;
  /** Receives the events of test users. */
  readonly checkQueueUrl: string;
  /** Receives the events for listeners. */
  readonly listenerQueueUrl: string;
  /** The stream of the table. */
  readonly streamArn: string;
}

/** The parts; `undefined` unless the stack has all of them. */
const eventPartsOf = (parts: Partial<StackParts>): EventParts | undefined => {
  const { eventBusName: busName, eventArchiveArn: archiveArn, unpublishedQueueUrl, tableStreamArn: streamArn } = parts;
  const { eventCheckQueueUrl: checkQueueUrl, eventListenerQueueUrl: listenerQueueUrl } = parts;
  if (!busName || !archiveArn || !unpublishedQueueUrl || !checkQueueUrl || !listenerQueueUrl || !streamArn) return undefined;
  const busArn = archiveArn.replace(/:archive\/.*/, `:event-bus/${busName}`);
  return { busName, busArn, archiveArn, unpublishedQueueUrl, checkQueueUrl, listenerQueueUrl, streamArn };
};

/** The release of a stack. */
export interface DeployedRelease {
  readonly name: string;
  /** The types of notifications that it understands. */
  readonly types: readonly string[];
}

const releaseOf = ({ release: name, notificationTypes: types }: Partial<StackParts>): DeployedRelease | undefined =>
  name === undefined || types === undefined ? undefined : { name, types: types.split(',') };

/** What a command needs to know of a stack's outputs. */
export const describeParts = ({ concurrencyNeeded, throttleRate = '0', otherWebhookUrls, ...parts }: StackParts) => ({
  ...parts,
  otherWebhookUrls: otherWebhookUrls?.split(',') ?? [],
  concurrencyNeeded: Number(concurrencyNeeded),
  throttleRate: Number(throttleRate),
  events: eventPartsOf(parts),
  release: releaseOf(parts),
});

/** The stack that a command works on. */
export interface Target extends Omit<StackParts, 'release' | 'concurrencyNeeded' | 'throttleRate' | 'otherWebhookUrls'> {
  /** The other URLs at which the webhook answers: of a domain name, and of former paths. */
  readonly otherWebhookUrls: readonly string[];
  /** `undefined` if `changeEvents` is off. */
  readonly events: EventParts | undefined;
  /** `undefined` if the stack does not tell it, as those before 1.1. */
  readonly release: DeployedRelease | undefined;
  /** The console of a local stack. */
  readonly consoleUrl?: string;
  /** Where a local stack plays Fractal's API. */
  readonly fractalUrl?: string;
  /** The unreserved concurrency that a burst needs; 0 if it is reserved. */
  readonly concurrencyNeeded: number;
  /** The limit of the webhook in requests per second; 0 if the stack does not tell it. */
  readonly throttleRate: number;
  /** How long, in milliseconds, SQS's counts may lag and a new rule may take to work: a minute on AWS. */
  readonly lagMs: number;
  /** Whether it is deployed; a local stack otherwise. */
  readonly deployed: boolean;
  /** The options that name the stack in suggested commands: ` --stack NAME`. */
  readonly options: string;
  /** The options with which the AWS CLI reaches the stack. */
  readonly awsOptions: string;
  /** How to restore a part that differs from the template. */
  readonly deployAgain: string;
  /** The command that creates a part of the stack again that was deleted. */
  readonly recreate: string;
  /** How to change a setting: "Set alarmEmail". */
  remedy(change: string): string;
  readonly client: ClientSettings;
}

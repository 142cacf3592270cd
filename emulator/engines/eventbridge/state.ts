import type { AwsResponse } from '../../aws/request.ts';
import { awsError } from '../../aws/request.ts';
import type { DeliveredEvent } from './delivered-event.ts';
import type { createRules } from './rules.ts';

/** The state of EventBridge. */
export interface Bridge {
  readonly buses: Set<string>;
  /** By ARN. */
  readonly archives: Map<string, { readonly bus: string; readonly matches: (event: unknown) => boolean }>;
  readonly rules: ReturnType<typeof createRules>;
  /** The names of the replays, all of which have completed. */
  readonly replays: Set<string>;
  /** The last thousand events. */
  readonly taken: { readonly bus: string; readonly event: DeliveredEvent }[];
  /** Whether a fault fails the next entry. */
  refusesEntry(): boolean;
  onEvent(event: DeliveredEvent): void;
}

// biome-ignore lint/suspicious/noExplicitAny: the input of any action; each reads the fields of its own.
export type Input = Record<string, any>;

/** An action of EventBridge. @param bytes the size of its input */
export type Action = (bridge: Bridge, input: Input, bytes: number) => Promise<AwsResponse> | AwsResponse;

export const missing = (what: string): AwsResponse => awsError(400, 'ResourceNotFoundException', `${what} does not exist.`);

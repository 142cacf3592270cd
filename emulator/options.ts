import type { Alarm, AlarmState } from './cloudwatch/alarm.ts';
import type { DeliveredEvent } from './engines/eventbridge/delivered-event.ts';
import type { LogLine } from './resources/function.ts';
import type { SecretCreation } from './resources/secret.ts';
import type { Exchange } from './runtime/gateway.ts';
import type { WantedStack } from './template/assembly.ts';
import type { LeaveOut } from './template/resolve.ts';

/** What `startStack` needs, and what it reports to. */
export interface StackOptions {
  /** The folder of the synthesized app: the output of `cdk synth`. */
  readonly assembly: string;
  /** Which stack to run. Default: the only one. */
  readonly stack?: WantedStack;
  /** The port of the HTTP API; 0 for any free one. */
  readonly port: number;
  readonly dynamodb: 'dynalite' | 'amazon';
  /** The folder that keeps tables, queues and secrets across restarts. Default: in memory. */
  readonly dataDir?: string | undefined;
  /** The prefix of temporary folders. Default: `emulator-`. */
  readonly tempPrefix?: string;
  /** Resource types that are not run, in addition to those of `resources/gaps.ts`. */
  readonly notRun?: readonly string[];
  /** Parts of the logical ids of rules whose schedule is known not to run here. Others are reported like what can't run. */
  readonly unscheduled?: readonly string[];
  /** Called for each resource that cannot run here. Without it, such a resource is an error. */
  readonly leaveOut?: LeaveOut | undefined;
  /** The names of functions for faults: each is a part of the function's logical id, in any case. */
  readonly functionNames?: readonly string[];
  /** The visibility timeout in seconds of all queues that have one in the template. Default: the template's. */
  readonly visibilityTimeout?: number | undefined;
  /** Values of environment variables of functions, instead of those of the template. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The values of secrets. Default: `SecretString`, or the secret's name. */
  readonly secretOf?: SecretCreation;
  /** Additional JSON values of `GET /_local/<name>`. */
  readonly views?: Readonly<Record<string, () => unknown>>;
  /** Called for each request to the HTTP API, with its response. */
  onExchange?(exchange: Exchange): void;
  /** Called for each line for a person: calls that policies deny, and events that failed. */
  onLine?(line: string): void;
  /** Called for each line of a function. It is kept if CloudWatch Logs would store it. */
  onFunctionLine?(line: LogLine): void;
  /** Called when an alarm changes its state and its topic's policy allows the notification. */
  onAlarm?(alarm: Alarm, state: AlarmState): void;
  /** Called for each event that EventBridge accepted. */
  onEvent?(event: DeliveredEvent): void;
}

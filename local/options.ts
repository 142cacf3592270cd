import type { Alarm, AlarmState } from './cloudwatch/alarm.ts';
import type { Tally } from './endpoint/tally.ts';
import type { DeliveredEvent } from './engines/delivered-event.ts';
import type { InitialSecret } from './resources/secret.ts';
import type { Exchange } from './runtime/gateway.ts';
import type { LeaveOut } from './template/resolve.ts';

/** What `startStack` needs, and what it reports to. */
export interface LocalStackOptions {
  /** The folder of the synthesized app. */
  readonly assembly: string;
  /** Default: the stack that contains a receiver. */
  readonly stackName?: string | undefined;
  /** Called for each resource that cannot run locally. Without it, such a resource is an error. */
  readonly leaveOut?: LeaveOut | undefined;
  /** The port of the webhook; 0 for any free one. */
  readonly port: number;
  readonly dynamodb: 'dynalite' | 'amazon';
  readonly dataDir: string | undefined;
  readonly secret: InitialSecret;
  /** In seconds. Default: the template's. */
  readonly visibilityTimeout: number | undefined;
  onExchange(exchange: Exchange): void;
  onLine(line: string): void;
  /** Called for each line that CloudWatch Logs would store. */
  onLog(line: string): void;
  /** Called when an alarm changes its state and its topic's policy allows the notification. */
  onAlarm(alarm: Alarm, state: AlarmState): void;
  /** Called for each event that EventBridge accepted. */
  onEvent(event: DeliveredEvent): void;
  /** Counts the outcomes in the functions' logs. */
  readonly outcomes: Tally;
}

export { isolateProcess } from './aws/isolation.ts';
export type { Alarm, AlarmState } from './cloudwatch/alarm.ts';
export type { Graph, Widget } from './cloudwatch/graphs.ts';
export type { DeliveredEvent } from './engines/eventbridge/delivered-event.ts';
export type { QueueContents } from './engines/sqs/fauxqs.ts';
export type { StackOptions } from './options.ts';
export type { Exchange } from './runtime/gateway.ts';
export { type RunningStack, startStack } from './stack.ts';
export type { LeaveOut } from './template/resolve.ts';

import { ACCOUNT_ID } from '../account.ts';
import type { Creator } from '../template/resolve.ts';

// What the local stack can't do, in one place.
//
// - Permissions are not enforced: roles and policies are read, and every call is let through.
// - Encryption, TLS and log retention have no counterpart on one machine.
// - The queues know no redrive of their own (StartMessageMoveTask).
// - The engines' own gaps are mended beside them, in engines/: dynalite returns no item with a failed condition, and a fauxqs
//   that keeps its data makes no message visible at once.
// - dynalite orders strings by UTF-16 units where DynamoDB goes by UTF-8 bytes: they differ beyond U+FFFF.
// - Alarms are evaluated over periods that end now, where CloudWatch has them end at full minutes, and tell nobody but the terminal.
// - The engines have no point-in-time recovery, and never throttle unless told to at /_local/faults.
// - fauxqs and DynamoDB Local listen on every network interface of this machine, not on the loopback alone.

/** The resource types that are taken as they are and not run. Any other type that nobody creates stops the start. */
export const NOT_RUN: Readonly<Record<string, Creator>> = {
  'AWS::IAM::Role': (id) => ({ ref: id, attributes: { Arn: `arn:aws:iam::${ACCOUNT_ID}:role/${id}` } }),
  'AWS::IAM::Policy': (id) => ({ ref: id }),
  'AWS::SQS::QueuePolicy': (id) => ({ ref: id }),
  'AWS::Logs::LogGroup': (id) => ({ ref: id }),
  'AWS::SNS::TopicPolicy': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::Stage': (id) => ({ ref: id }),
  'AWS::CDK::Metadata': (id) => ({ ref: id }),
};

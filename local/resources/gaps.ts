import { ACCOUNT_ID, REGION } from '../account.ts';
import type { Creator } from '../template/resolve.ts';

// What the local stack can't do, in one place.
//
// - Permissions of the functions are enforced; whoever is no function may do all. Conditions other than those that the template
//   has stop the start. What a key's own policy says is not read.
// - The route's throttle is not enforced, and access logs are not written: one machine would test itself.
// - A new version serves at once: there is no CodeDeploy.
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
  'AWS::IAM::ManagedPolicy': (id) => ({ ref: id }),
  'AWS::KMS::Key': (id) => ({ ref: id, attributes: { Arn: `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${id}` } }),
  'AWS::SQS::QueuePolicy': (id) => ({ ref: id }),
  'AWS::Logs::LogGroup': (id) => ({ ref: id, attributes: { Arn: `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${id}:*` } }),
  'AWS::SNS::TopicPolicy': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::Stage': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::DomainName': (id) => ({
    ref: id,
    attributes: { RegionalDomainName: `${id}.localhost`, RegionalHostedZoneId: 'local' },
  }),
  'AWS::ApiGatewayV2::ApiMapping': (id) => ({ ref: id }),
  'AWS::CloudWatch::Dashboard': (id) => ({ ref: id }),
  'AWS::CodeDeploy::Application': (id) => ({ ref: id }),
  'AWS::CodeDeploy::DeploymentGroup': (id) => ({ ref: id }),
  // Read by wiring.ts, once everything is there.
  'AWS::ApiGatewayV2::Integration': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::Route': (id) => ({ ref: id }),
  'AWS::Lambda::Permission': (id) => ({ ref: id }),
  'AWS::Lambda::EventSourceMapping': (id) => ({ ref: id }),
  'AWS::CDK::Metadata': (id) => ({ ref: id }),
};

import { ACCOUNT_ID, REGION } from '../account.ts';
import type { Creator } from '../template/resolve.ts';

// What the local stack can't do, in one place. What of it could go wrong on AWS is checked by rules against the template, in
// test/infra/aws-rules.test.ts.
//
// - Permissions of the functions, and of people whose access key names policies of the template, are enforced, and so are the
//   policies of queues, topics and keys; whoever else calls may do all. Conditions other than those that the template has stop the
//   start. Nobody has to be let in to assume a role, to encrypt the table's items, or to write logs with a key.
// - The release check is there and can be invoked, and is not at the start: nothing was live before. CloudFormation's order, its
//   rollback, and what it deletes or keeps are not played.
// - Encryption, TLS and log retention have no counterpart on one machine.
// - CloudWatch speaks JSON and the query protocol, no CBOR (some SDKs, such as Go's, may choose it), and has of statistics only Sum.
//   There are no ListSecrets, ListMetrics, ListTopics, ListFunctions and STS, and DescribeStacks wants a name.
// - fauxqs refuses characters beyond U+FFFF, and takes any receipt handle for a deletion.
// - The queues know no redrive of their own (StartMessageMoveTask).
// - Messages stay until they are deleted: none expires after its retention period.
// - The engines' own gaps are mended beside them, in engines/: dynalite returns no item with a failed condition, and throws where its
//   disk is full; a fauxqs that keeps its data loses a message that is made visible at once.
// - dynalite orders strings by UTF-16 units where DynamoDB goes by UTF-8 bytes: they differ beyond U+FFFF.
// - Counts are exact and at once. SQS's are approximate, are up to a minute late (fifteen for a queue that was not used for six
//   hours), and the age of the oldest message leaves out what was received three times.
// - Alarms are evaluated over periods that end now, where CloudWatch has them end at full minutes; the time before the start counts
//   as well. They tell the terminal, and no one by mail.
// - The console's graphs show the highest value where the dashboard has a percentile.
// - A table's stream is one shard that forgets nothing. Rules lead to queues and functions, without transformers and retries, with the
//   operators exists, prefix and anything-but; archives hold the last thousand events, until the stack ends.
// - The engines have no point-in-time recovery, and never throttle unless told to at /_local/faults.
// - DynamoDB Local listens on every network interface of this machine, and can't be told otherwise. It shows strangers, who need no
//   password, no table of the stack, for those are under an access key that only the stack knows; but they can make their own.

/** The resource types that are taken as they are and not run. Any other type that nobody creates stops the start. */
export const NOT_RUN: Readonly<Record<string, Creator>> = {
  'AWS::IAM::Role': (id) => ({ ref: id, attributes: { Arn: `arn:aws:iam::${ACCOUNT_ID}:role/${id}` } }),
  'AWS::IAM::Policy': (id) => ({ ref: id }),
  'AWS::IAM::ManagedPolicy': (id) => ({ ref: `arn:aws:iam::${ACCOUNT_ID}:policy/${id}` }),
  'AWS::KMS::Key': (id) => ({ ref: id, attributes: { Arn: `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${id}` } }),
  'AWS::SQS::QueuePolicy': (id) => ({ ref: id }),
  'AWS::Logs::LogGroup': (id, { LogGroupName: name = id }) => ({
    ref: name,
    attributes: { Arn: `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${name}:*` },
  }),
  'AWS::SNS::TopicPolicy': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::Stage': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::DomainName': (id) => ({
    ref: id,
    attributes: { RegionalDomainName: `${id}.localhost`, RegionalHostedZoneId: 'local' },
  }),
  'AWS::ApiGatewayV2::ApiMapping': (id) => ({ ref: id }),
  'Custom::ReleaseCheck': (id) => ({ ref: id }),
  // Read by wiring.ts, once everything is there.
  'AWS::ApiGatewayV2::Integration': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::Route': (id) => ({ ref: id }),
  'AWS::Lambda::Permission': (id) => ({ ref: id }),
  'AWS::Lambda::EventSourceMapping': (id) => ({ ref: id }),
  'AWS::CDK::Metadata': (id) => ({ ref: id }),
};

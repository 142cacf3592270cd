import { ACCOUNT_ID, REGION } from '../aws/account.ts';
import type { Creator } from '../template/resolve.ts';

// What the local stack does not cover. If a gap could hide an error on AWS, a test
// of the template has to check it.
//
// - Permissions are enforced for functions, for people whose access key names policies of the template, and for AWS services
//   that need the policy of a queue, topic or key; any other caller may do everything. A policy with conditions other than
//   those of the template stops the start. Assuming a role, encrypting the table's items and writing logs with a key need no
//   permission.
// - Of the conditions of DynamoDB, an update has the attributes that its expressions name by a placeholder, and its key.
// - Custom resources do not run. CloudFormation's order, its rollback, and what it deletes or keeps are not emulated.
// - Encryption, TLS and log retention are not emulated.
// - Requests that match no route get 404. AWS doesn't document whether they are counted, logged or throttled; here they are not.
// - CloudWatch supports JSON and the query protocol, not CBOR (which some SDKs, such as Go's, may choose), and only the statistics
//   Sum, Maximum, Minimum and SampleCount. Latencies of DynamoDB are 1 ms. ListSecrets, ListMetrics, ListTopics, ListFunctions and STS are missing, and DescribeStacks requires a name.
// - fauxqs rejects characters beyond U+FFFF, and accepts any receipt handle for a deletion.
// - The queues do not support StartMessageMoveTask.
// - Secrets Manager stores text only, under AWSCURRENT and AWSPREVIOUS; there is no rotation. A new version can be read at once,
//   which AWS does not promise. KMS has no API here: a key that can't be used is a fault of /_local/faults.
// - Messages stay until they are deleted: they do not expire after the retention period.
// - Gaps of the engines are fixed in engines/: dynalite returns no item with a failed condition, and throws when its disk is
//   full; fauxqs with kept data loses a message that is made visible at once.
// - dynalite sorts strings by UTF-16 units, DynamoDB by UTF-8 bytes: the order differs beyond U+FFFF.
// - Counts are exact and immediate. Those of SQS are approximate and up to a minute late (fifteen for a queue that was not used
//   for six hours), and its age of the oldest message leaves out messages that were received three times.
// - Alarms are evaluated over periods that end now; those of CloudWatch end at full minutes. The time before the start counts
//   too. Alarms are printed in the terminal, and not sent by e-mail.
// - In metric math, a missing value without FILL leaves the result out; CloudWatch may take 0. GetMetricData supports no
//   expressions. Metric filters support equality and existence of JSON fields, and no default value.
// - Counts from log lines are immediate. Those of CloudWatch Logs are a minute or two late, and not in step with each other.
// - The console's graphs show the maximum where the dashboard has a percentile.
// - Buckets are in memory, and their policies and lifecycle are not enforced. Lambda discards records only because of their age, to a bucket.
// - A table's stream is one shard without retention limit. After a partial failure, Lambda retries the rest of the batch, and
//   later changes of the shard wait; here, the next batch has later changes too.
// - Rules with a schedule do not run; their functions can be invoked.
// - Targets of rules are queues and functions, without the retries and dead-letter queues of the target; EventBridge tries for a day, and logs a
//   failure then. A function gets an event three times within three seconds, for Lambda's three minutes; then its dead-letter queue has it, whether
//   or not it may send there. Destinations (AWS::Lambda::EventInvokeConfig) are left out. What is throttled counts as failed; Lambda tries that for six hours.
//   Of what it logs, there is only the failure. The only variable of a template is the whole event.  Archives hold the last thousand events until the stack ends.
// - The engines have no point-in-time recovery, and throttle only by a fault of /_local/faults.
// - DynamoDB Local listens on every network interface, which cannot be changed, and needs no password. Strangers cannot read
//   the stack's tables, which are under an access key that only the stack knows, but they can create their own.

/** Resource types that are accepted without creating anything. Types without a creator stop the start. */
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
  'AWS::S3::BucketPolicy': (id) => ({ ref: id }),
  'AWS::SNS::TopicPolicy': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::Stage': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::DomainName': (id) => ({
    ref: id,
    attributes: { RegionalDomainName: `${id}.localhost`, RegionalHostedZoneId: 'local' },
  }),
  'AWS::ApiGatewayV2::ApiMapping': (id) => ({ ref: id }),
  // Read by wiring.ts after all resources are created.
  'AWS::ApiGatewayV2::Integration': (id) => ({ ref: id }),
  'AWS::ApiGatewayV2::Route': (id) => ({ ref: id }),
  'AWS::Lambda::Permission': (id) => ({ ref: id }),
  'AWS::Lambda::EventSourceMapping': (id) => ({ ref: id }),
  'AWS::CDK::Metadata': (id) => ({ ref: id }),
};

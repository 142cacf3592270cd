import type { Duration } from 'aws-cdk-lib';
import { Grant, ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RELEASE } from '../../functions/release.ts';
import { acknowledge, HIPAA, inPacks, NIST, PCI, SERVERLESS } from '../acknowledge.ts';
import { codeOf } from '../function-code.ts';
import type { Settings } from '../settings.ts';

export interface BundledFunctionProps {
  readonly settings: Pick<Settings, 'logLevel' | 'tracing' | 'reserveConcurrency'>;
  /** The folder below functions/ whose index.ts exports `handler`. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly logs: LogGroup;
  /** The reserved concurrency, if `reserveConcurrency` is true. */
  readonly concurrency: number;
  /** A sentence: what invokes the function, and what handles failures. */
  readonly calledBy: string;
  /** Whether it is invoked asynchronously. Default: false. */
  readonly isAsynchronous?: boolean;
  /** In MiB. Default: 512. */
  readonly memorySize?: number;
  readonly environment: Record<string, string>;
}

/** A function on Node.js 24 and arm64, with its own least-privilege role. */
export class BundledFunction extends Construct {
  readonly lambda: LambdaFunction;
  /** The policy that receives the function's grants. */
  readonly permissions: ManagedPolicy;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const { settings, folder, description, timeout, environment, logs, concurrency, calledBy, isAsynchronous, memorySize } =
      props;
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.permissions = new ManagedPolicy(this, 'Permissions', { roles: [role] });
    this.grant(['logs:CreateLogStream', 'logs:PutLogEvents'], logs.logGroupArn);
    if (settings.tracing) {
      // X-Ray does not support resource-level permissions (AWS).
      this.grant(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');
      acknowledge(
        this.permissions,
        'The only wildcard is for X-Ray, which does not support resource-level permissions. All other statements name their resource.',
        ['AwsSolutions-IAM5[Resource::*]'],
      );
    }

    this.lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: codeOf(folder),
      handler: 'index.handler',
      description,
      memorySize: memorySize ?? 512,
      timeout,
      environment: { ...environment, RELEASE },
      role: role.withoutPolicyUpdates(),
      tracing: settings.tracing ? Tracing.ACTIVE : Tracing.PASS_THROUGH,
      logGroup: logs,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel[settings.logLevel],
      // Lambda's own START and REPORT lines would cost more than the function's logs.
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(settings.reserveConcurrency && { reservedConcurrentExecutions: concurrency }),
    });
    this.lambda.node.addDependency(this.permissions);
    acknowledge(
      this.lambda,
      'The function calls only AWS APIs, over TLS and with a role that names each resource. It needs nothing inside a VPC; a VPC would add endpoints and no protection.',
      ['CKV_AWS_117', ...inPacks('LambdaInsideVPC', NIST, HIPAA, PCI)],
    );
    const why = isAsynchronous ? calledBy : `A Lambda dead-letter queue is only for asynchronous invocations. ${calledBy}`;
    acknowledge(this.lambda, why, ['CKV_AWS_116', ...inPacks('LambdaDLQ', NIST, HIPAA, SERVERLESS)]);
    acknowledge(
      this.lambda,
      'The environment variables are names, ARNs and URLs, no secrets. Lambda encrypts them with its own key.',
      ['CKV_AWS_173'],
    );
    if (!settings.tracing) {
      acknowledge(this.lambda, 'Tracing is switched off for this stage: tracing=false.', inPacks('LambdaTracing', SERVERLESS));
    }
    if (!settings.reserveConcurrency) {
      acknowledge(
        this.lambda,
        'No concurrency is reserved by default, so that the stack can be deployed to a new account. The throttle of the route limits ingest, the maximum concurrency of the mapping limits apply, and the release check runs once per release.',
        ['CKV_AWS_115', ...inPacks('LambdaConcurrency', NIST, HIPAA)],
      );
    }
  }

  /** Allows the function these actions on these resources. */
  grant(actions: string[], ...resourceArns: string[]): void {
    Grant.addToPrincipal({ grantee: this.permissions, actions, resourceArns });
  }
}

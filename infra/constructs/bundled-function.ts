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
  /** How many copies run at once, where that is set aside for it. */
  readonly concurrency: number;
  /** Who invokes it and takes care of what fails, in a sentence. */
  readonly calledBy: string;
  readonly environment: Record<string, string>;
}

/** A function on Node 24 and arm64, with a role that may do what it is granted and no more. */
export class BundledFunction extends Construct {
  readonly lambda: LambdaFunction;
  /** Takes the function's grants. */
  readonly permissions: ManagedPolicy;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const { settings, folder, description, timeout, environment, logs, concurrency, calledBy } = props;
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.permissions = new ManagedPolicy(this, 'Permissions', { roles: [role] });
    this.grant(['logs:CreateLogStream', 'logs:PutLogEvents'], logs.logGroupArn);
    if (settings.tracing) {
      // X-Ray has no resources to name (AWS).
      this.grant(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');
      acknowledge(
        this.permissions,
        'The one wildcard is for X-Ray, which has no resources to name; all else names its resource.',
        ['AwsSolutions-IAM5[Resource::*]'],
      );
    }

    this.lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: codeOf(folder),
      handler: 'index.handler',
      description,
      memorySize: 512,
      timeout,
      environment,
      role: role.withoutPolicyUpdates(),
      tracing: settings.tracing ? Tracing.ACTIVE : Tracing.PASS_THROUGH,
      logGroup: logs,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel[settings.logLevel],
      // Lambda's own start and report lines would weigh more than ours.
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(settings.reserveConcurrency && { reservedConcurrentExecutions: concurrency }),
    });
    this.lambda.node.addDependency(this.permissions);
    acknowledge(
      this.lambda,
      'Nothing in this network is called, only the APIs of SQS, Secrets Manager and DynamoDB, by TLS and with a role that names each resource. A VPC would add three endpoints and keep nobody out.',
      inPacks('LambdaInsideVPC', NIST, HIPAA, PCI),
    );
    acknowledge(
      this.lambda,
      `A dead-letter configuration of Lambda is for what nobody waits for. ${calledBy}`,
      inPacks('LambdaDLQ', NIST, HIPAA, SERVERLESS),
    );
    if (!settings.tracing) {
      acknowledge(this.lambda, 'This stage is set to do without traces: tracing=false.', inPacks('LambdaTracing', SERVERLESS));
    }
    if (!settings.reserveConcurrency) {
      acknowledge(
        this.lambda,
        "No concurrency is set aside by default, so that it can be deployed to a new account. The route's throttle bounds ingest, the mapping's maximum bounds apply, and a release is checked once.",
        inPacks('LambdaConcurrency', NIST, HIPAA),
      );
    }
  }

  private grant(actions: string[], resource: string): void {
    Grant.addToPrincipal({ grantee: this.permissions, actions, resourceArns: [resource] });
  }
}

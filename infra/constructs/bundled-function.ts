import { resolve } from 'node:path';
import { AssetHashType, type Duration } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { buildSync } from 'esbuild';

const FUNCTIONS = resolve(import.meta.dirname, '../../functions');

export interface BundledFunctionProps {
  /** The folder below functions/ whose index.ts exports `handler`. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: Record<string, string>;
}

/** A function on Node 24 and arm64 with its own log group, bundled by esbuild on this machine. */
export class BundledFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, { folder, description, timeout, environment }: BundledFunctionProps) {
    super(scope, id);
    this.logs = new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH });
    this.lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(resolve(FUNCTIONS, folder), {
        assetHashType: AssetHashType.OUTPUT,
        bundling: {
          local: { tryBundle: (outdir) => bundle(folder, outdir) },
          image: Runtime.NODEJS_24_X.bundlingImage, // asked for by the type, never used: tryBundle always bundles
        },
      }),
      handler: 'index.handler',
      description,
      memorySize: 512,
      timeout,
      environment,
      logGroup: this.logs,
      loggingFormat: LoggingFormat.JSON,
      // Lambda's own start and report lines would weigh more than ours.
      systemLogLevelV2: SystemLogLevel.WARN,
    });
  }
}

// Split ES modules start faster than one file: the SDK's rarely used parts are left unloaded.
const bundle = (folder: string, outdir: string): true => {
  buildSync({
    entryPoints: [resolve(FUNCTIONS, folder, 'index.ts')],
    absWorkingDir: FUNCTIONS,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    logLevel: 'warning',
  });
  return true;
};

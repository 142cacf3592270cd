import { type CfnElement, CustomResource } from 'aws-cdk-lib';
import { Alias, type IAlias, type IVersion, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CHECK_PARTITION } from '../../functions/core/test-user.ts';
import { acknowledge } from '../acknowledge.ts';
import { releaseTiming } from '../limits.ts';
import type { Settings } from '../settings.ts';
import { BundledFunction } from './bundled-function.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { HistoryTable } from './history-table.ts';
import type { StateTable } from './state-table.ts';
import type { TokenSecret } from './token-secret.ts';

const LIVE = 'live';

export interface ReleaseProps {
  readonly settings: Pick<Settings, 'logLevel' | 'tracing' | 'reserveConcurrency' | 'releaseCheck'>;
  readonly ingest: BundledFunction;
  readonly apply: BundledFunction;
  /** `undefined` if changes are not published. */
  readonly publish: BundledFunction | undefined;
  readonly tokens: TokenSecret;
  readonly states: StateTable;
  /** `undefined` if no history is kept. */
  readonly history: HistoryTable | undefined;
  readonly encryption: EncryptionKey | undefined;
  readonly logs: LogGroup;
}

/**
 * The live versions. A new version goes live only if the release check succeeds; otherwise the deployment fails and the old
 * version stays live. Alarms do not block a release, because an alarm is often the reason for one.
 */
export class Release extends Construct {
  readonly ingest: IAlias;
  readonly apply: IAlias;
  readonly publish: IAlias | undefined;

  constructor(scope: Construct, id: string, props: ReleaseProps) {
    super(scope, id);
    const { settings, ingest, apply, publish } = props;
    // The casts are needed because CDK's classes don't match their interfaces under exactOptionalPropertyTypes.
    const versionOf = (fn: BundledFunction) => fn.lambda.currentVersion as IVersion;
    const live = (name: string, fn: BundledFunction) => new Alias(this, name, { aliasName: LIVE, version: versionOf(fn) });
    const aliases = [live('Ingest', ingest), live('Apply', apply), ...(publish ? [live('Publish', publish)] : [])];
    const [liveIngest, liveApply, livePublish] = aliases as readonly IAlias[];
    this.ingest = liveIngest as IAlias;
    this.apply = liveApply as IAlias;
    this.publish = livePublish;
    if (!settings.releaseCheck) return;

    const check = this.createCheck(props);
    const proof = new CustomResource(this, 'Proof', {
      resourceType: 'Custom::ReleaseCheck',
      serviceToken: check.lambda.functionArn,
      serviceTimeout: releaseTiming.answerWithin,
      properties: {
        Ingest: versionOf(ingest).functionArn,
        Apply: versionOf(apply).functionArn,
        ...(publish && { Publish: versionOf(publish).functionArn }),
        Alias: LIVE,
      },
    });
    proof.node.addDependency(check.permissions, ...[ingest, apply, ...(publish ? [publish] : [])].map((fn) => fn.permissions));
    for (const alias of aliases) alias.node.addDependency(proof);
  }

  private createCheck({
    settings,
    ingest,
    apply,
    publish,
    tokens,
    states,
    history,
    encryption,
    logs,
  }: ReleaseProps): BundledFunction {
    const check = new BundledFunction(this, 'Check', {
      settings,
      folder: 'release-check',
      description: 'Checks that new versions of the other functions work before they get traffic',
      timeout: releaseTiming.timeout,
      logs,
      concurrency: 1,
      calledBy: 'CloudFormation waits for its response, and fails the deployment if there is none.',
      environment: {
        SECRET_ID: tokens.secret.secretArn,
        TABLE_NAME: states.table.tableName,
        ...(history && { HISTORY_TABLE_NAME: history.table.tableName }),
        PATIENCE_SECONDS: String(releaseTiming.patience.toSeconds()),
      },
    });
    tokens.grantRead(check.permissions);
    states.grantTidyUp(check.permissions, CHECK_PARTITION);
    if (history) {
      states.grantListKeys(check.permissions);
      history.grantStart(check.permissions);
    }
    encryption?.grantUse(check.permissions, 'secretsmanager', 'dynamodb');
    const checked = [ingest, apply, ...(publish ? [publish] : [])];
    for (const { lambda } of checked) check.grant(['lambda:InvokeFunction'], `${lambda.functionArn}:*`);
    check.grant(['lambda:GetAlias'], apply.lambda.functionArn);
    acknowledge(
      check.permissions,
      'It invokes each new version of the functions; version numbers are not known in advance.',
      checked.map(({ lambda }) => `AwsSolutions-IAM5[Resource::<${logicalIdOf(lambda)}.Arn>:*]`),
    );
    return check;
  }
}

const logicalIdOf = ({ node, stack }: LambdaFunction): string => stack.getLogicalId(node.defaultChild as CfnElement);

import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import type { Alias, IAlias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export interface GradualDeploymentProps {
  readonly functions: Readonly<Record<string, IAlias>>;
  /** Any of these rolls the release back. */
  readonly alarms: Alarm[];
}

/** A new version serves a tenth of the traffic for five minutes before it serves all, unless an alarm rings meanwhile. */
export class GradualDeployment extends Construct {
  constructor(scope: Construct, id: string, { functions, alarms }: GradualDeploymentProps) {
    super(scope, id);
    const application = new LambdaApplication(this, 'Application');
    for (const [name, alias] of Object.entries(functions)) {
      const group = new LambdaDeploymentGroup(this, name, {
        application,
        alias: alias as Alias,
        alarms,
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      });
      acknowledge(
        group.role,
        "AWS keeps this policy for CodeDeploy's deployments of Lambda, in its limited form: aliases, alarms, no functions' code.",
        ['AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]'],
      );
    }
  }
}

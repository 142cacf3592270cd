import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST, PCI, SERVERLESS } from '../acknowledge.ts';
import type { Settings } from '../settings.ts';

export interface AlarmTopicProps {
  readonly settings: Pick<Settings, 'alarmEmail'>;
  readonly key: IKey | undefined;
}

/** The topic that the alarms of this account notify, with its e-mail subscriptions. Accepts TLS only. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { settings, key }: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true, ...(key && { masterKey: key }) });
    // enforceSSL adds a policy that only denies. It replaces the default policy of SNS, which would allow CloudWatch.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (!key) {
      acknowledge(
        this.topic,
        'Messages contain names and values of alarms, and no personal data. CloudWatch alarms cannot publish to a topic that is encrypted with the AWS managed key of SNS; customerManagedKey uses a key of the account.',
        ['CKV_AWS_26', ...inPacks('SNSEncryptedKMS', NIST, HIPAA, PCI)],
      );
    }
    for (const address of settings.alarmEmail) {
      acknowledge(
        this.topic.addSubscription(new EmailSubscription(address)),
        'If an e-mail is lost, the alarm is still visible in CloudWatch and on the dashboard.',
        inPacks('SNSRedrivePolicy', SERVERLESS),
      );
    }
  }
}

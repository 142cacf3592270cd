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

/** The topic that the alarms of this account notify, by TLS only, and who is told by e-mail. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { settings, key }: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true, ...(key && { masterKey: key }) });
    // A policy replaces SNS's default one, which would let CloudWatch in; enforceSSL writes one that only denies.
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
        'It carries the names and numbers of alarms, and no personal data. Alarms can not publish to a topic that is encrypted with the key of SNS; customerManagedKey takes a key of the account.',
        inPacks('SNSEncryptedKMS', NIST, HIPAA, PCI),
      );
    }
    for (const address of settings.alarmEmail) {
      acknowledge(
        this.topic.addSubscription(new EmailSubscription(address)),
        'What is lost with an e-mail is a hint: the alarm itself stays in CloudWatch and on the dashboard.',
        inPacks('SNSRedrivePolicy', SERVERLESS),
      );
    }
  }
}

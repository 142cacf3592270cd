import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, HIPAA, inPacks, NIST, PCI, SERVERLESS } from '../acknowledge.ts';
import type { Settings } from '../settings.ts';
import { queueTiming } from '../timing.ts';
import type { OutcomeMetrics } from './outcome-metrics.ts';

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);

export interface Watched {
  readonly settings: Pick<Settings, 'alarmEmail' | 'runbookUrl' | 'silenceAlarmHours'>;
  readonly key: IKey | undefined;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly apply: LambdaFunction;
  readonly table: Table;
  readonly serverErrors: Metric;
  readonly outcomes: OutcomeMetrics;
}

interface Rule {
  readonly metric: Metric;
  /** The threshold, over the metric's period: unless evaluated otherwise, what is as much or more rings. */
  readonly from: number;
  /** What it means, for who is woken by it. */
  readonly means: string;
  /** The heading of the runbook's section, as its anchor has it. */
  readonly section: string;
}

interface Evaluation {
  readonly comparison: ComparisonOperator;
  readonly periods: number;
  readonly missing: TreatMissingData;
}

const AT_ONCE: Evaluation = {
  comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  periods: 1,
  missing: TreatMissingData.NOT_BREACHING,
};

/** The alarms, each with a section of the runbook, and the topic that they ring. */
export class Alarms extends Construct {
  readonly topic: Topic;
  /** Those that a bad release rings. */
  readonly ofRelease: Alarm[];
  private readonly runbookUrl: string;

  constructor(
    scope: Construct,
    id: string,
    { settings, key, queue, deadLetterQueue, apply, table, serverErrors, outcomes }: Watched,
  ) {
    super(scope, id);
    this.runbookUrl = settings.runbookUrl;
    this.topic = new Topic(this, 'Topic', { enforceSSL: true, ...(key && { masterKey: key }) });
    if (!key) {
      acknowledge(
        this.topic,
        'It carries the names and numbers of alarms, and no personal data. Alarms can not publish to a topic that is encrypted with the key of SNS; customerManagedKey=true takes a key of the account.',
        inPacks('SNSEncryptedKMS', NIST, HIPAA, PCI),
      );
    }
    if (settings.alarmEmail) {
      const subscription = this.topic.addSubscription(new EmailSubscription(settings.alarmEmail));
      acknowledge(
        subscription,
        'What is lost with an e-mail is a hint: the alarm itself stays in CloudWatch and on the dashboard.',
        inPacks('SNSRedrivePolicy', SERVERLESS),
      );
    }
    const over = (metric: Metric, period: Duration, statistic: string = Stats.SUM) => metric.with({ period, statistic });

    // The number of messages sent would miss what the redrive policy moves (AWS), so it is the number that is there.
    this.ring('DeadLetters', {
      metric: over(deadLetterQueue.metricApproximateNumberOfMessagesVisible(), MINUTE, Stats.MAXIMUM),
      from: 1,
      means: 'Messages wait in the dead-letter queue: nobody else will look at them, and they expire after 14 days.',
      section: 'dead-letters',
    });
    // What fails is in the dead-letter queue after five visibility timeouts. What is twice as old was not even tried.
    this.ring('OldestMessage', {
      metric: over(queue.metricApproximateAgeOfOldestMessage(), MINUTE, Stats.MAXIMUM),
      from: 2 * queueTiming.attempts * queueTiming.visibilityTimeout.toSeconds(),
      means: 'The oldest message has waited for longer than five failures take: apply does not keep up, or does not run.',
      section: 'oldest-message',
    });
    // Fractal tries again, so a single one does no harm.
    const answering = this.ring('ServerErrors', {
      metric: over(serverErrors, FIVE_MINUTES),
      from: 3,
      means: 'Fractal is answered 5xx. It tries again for days, so nothing is lost yet.',
      section: 'server-errors',
    });
    this.ring('Refusals', {
      metric: over(outcomes.refused, Duration.minutes(15)),
      from: 10,
      means:
        'Deliveries are refused because no token has signed them: the token is wrong or was changed, or somebody is guessing.',
      section: 'refusals',
    });
    this.ring('SecretUnreadable', {
      metric: over(outcomes.secretUnreadable, FIVE_MINUTES),
      from: 1,
      means: 'The secret with the tokens can not be read, or holds none. Every delivery is answered 503 meanwhile.',
      section: 'secret-unreadable',
    });
    // One message that fails as often as it may within its five attempts.
    const failing = this.ring('ApplyFailing', {
      metric: over(outcomes.failed, FIVE_MINUTES),
      from: queueTiming.attempts,
      means: 'Messages fail to be applied. After five failures each is in the dead-letter queue.',
      section: 'apply-failing',
    });
    const crashing = this.ring('ApplyCrashing', {
      metric: over(apply.metricErrors(), FIVE_MINUTES),
      from: 3,
      means: 'Whole batches fail: apply does not start, crashes, or runs out of time.',
      section: 'apply-crashing',
    });
    // The mapping asks for no more than there is, so this should never be.
    this.ring('ApplyThrottled', {
      metric: over(apply.metricThrottles(), FIVE_MINUTES),
      from: 1,
      means: 'Lambda refuses to run apply, since the concurrency of the account or of the function is used up.',
      section: 'apply-throttled',
    });
    // The SDK tries three times, and the queue five times after that.
    this.ring('TableThrottled', {
      metric: over(table.metric('WriteThrottleEvents'), FIVE_MINUTES),
      from: 10,
      means: 'DynamoDB refuses writes because they are too many at once. They are tried again.',
      section: 'table-throttled',
    });
    this.ofRelease = [answering, failing, crashing];
    if (settings.silenceAlarmHours) {
      this.ring(
        'NothingReceived',
        {
          metric: over(outcomes.accepted, Duration.hours(1)),
          from: 1,
          means: `No notification was accepted for ${settings.silenceAlarmHours} hours.`,
          section: 'nothing-received',
        },
        {
          comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
          periods: settings.silenceAlarmHours,
          missing: TreatMissingData.BREACHING,
        },
      );
    }
  }

  private ring(id: string, { metric, from, means, section }: Rule, evaluation: Evaluation = AT_ONCE): Alarm {
    const alarm = new Alarm(this, id, {
      alarmName: `${Stack.of(this).stackName}-${section}`,
      alarmDescription: `${means} Runbook: ${this.runbookUrl}#${section}`,
      metric,
      threshold: from,
      comparisonOperator: evaluation.comparison,
      evaluationPeriods: evaluation.periods,
      treatMissingData: evaluation.missing,
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}

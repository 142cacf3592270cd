import { CustomWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { widgetTiming } from '../limits.ts';
import type { Settings } from '../settings.ts';
import { BundledFunction } from './bundled-function.ts';
import type { EncryptionKey } from './encryption-key.ts';
import type { HistoryTable } from './history-table.ts';
import type { NotificationQueues } from './notification-queues.ts';
import type { StateTable } from './state-table.ts';

export interface DeadLetterWidgetProps {
  readonly settings: Settings;
  readonly queues: NotificationQueues;
  readonly states: StateTable;
  readonly history: HistoryTable | undefined;
  readonly encryption: EncryptionKey | undefined;
  readonly logs: LogGroup;
}

/**
 * The dashboard widget for the dead-letter queue. CloudWatch invokes its function with the permissions of the viewer: anyone
 * who may invoke it can see dead letters and, unless the setting `redriveFromDashboard` is false, redrive them.
 */
export class DeadLetterWidget extends Construct {
  readonly widget: CustomWidget;
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, { settings, queues, states, history, encryption, logs }: DeadLetterWidgetProps) {
    super(scope, id);
    const { queue, deadLetterQueue } = queues;
    this.function = new BundledFunction(this, 'Widget', {
      settings,
      folder: 'dead-letters',
      description: 'Shows the dead-letter queue on the dashboard',
      timeout: widgetTiming.timeout,
      logs,
      concurrency: widgetTiming.concurrency,
      calledBy: 'CloudWatch invokes it synchronously and shows the response on the dashboard.',
      environment: {
        QUEUE_URL: queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: deadLetterQueue.queueUrl,
        TABLE_NAME: states.table.tableName,
        ...(history && { HISTORY_TABLE_NAME: history.table.tableName }),
        ACTIONS: String(settings.redriveFromDashboard),
        RUNBOOK: settings.runbookUrl,
      },
    });
    const { permissions } = this.function;
    this.function.grant(['sqs:GetQueueAttributes'], queue.queueArn, deadLetterQueue.queueArn);
    this.function.grant(['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility'], deadLetterQueue.queueArn);
    this.function.grant(['dynamodb:GetItem', 'dynamodb:BatchGetItem'], states.table.tableArn);
    if (history) this.function.grant(['dynamodb:BatchGetItem'], history.table.tableArn);
    if (settings.redriveFromDashboard) {
      this.function.grant(['sqs:SendMessage'], queue.queueArn);
      this.function.grant(['sqs:DeleteMessage'], deadLetterQueue.queueArn);
    }
    encryption?.grantUse(permissions, 'sqs', 'dynamodb');
    this.widget = new CustomWidget({
      functionArn: this.function.lambda.functionArn,
      title: 'Dead letters',
      width: 24,
      height: 8,
      // The widget does not depend on the time range.
      updateOnTimeRangeChange: false,
      updateOnResize: false,
    });
  }
}

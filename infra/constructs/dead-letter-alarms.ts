import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmDefinition } from './alarm.ts';
import { EXPIRY_ALARM_DAYS, waitingAlarms } from './waiting-alarms.ts';

/** The alarms on the dead-letter queue. */
export const deadLetterAlarms = (deadLetterQueue: Queue): AlarmDefinition[] =>
  waitingAlarms(deadLetterQueue, {
    waiting: {
      name: 'dead-letters',
      description: 'Messages wait in the dead-letter queue. Nothing else processes them, and they expire after 14 days.',
    },
    more: {
      name: 'more-dead-letters',
      description: 'More messages have arrived in the dead-letter queue, while others were already waiting there.',
    },
    expiring: {
      name: 'dead-letters-expiring',
      description: `The dead-letter queue has not been empty for ${EXPIRY_ALARM_DAYS} days. The oldest messages expire within days.`,
    },
  });

import type { Verdict } from './claim.ts';

/** What the run can't show, and what does. */
const NOT_SHOWN: readonly (readonly [says: string, source: string, insteadOf: string])[] = [
  [
    'A failing update rolls back, whatever is down, and keeps the old versions',
    'infra/README.md#releases',
    'it would break the stack; test/judges/ministack.judge.ts shows it on MiniStack',
  ],
  [
    'With customerManagedKey, events still reach queues and the bucket when the key cannot be used',
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html',
    'it would take disabling the key; test/infra/aws-rules.test.ts checks the policies',
  ],
  [
    'Lambda discards a change after 23.5 hours, and the bucket gets the whole record',
    'https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html',
    'it takes a day; test/oncall/events-discarded.slow.test.ts shows it with a shorter time',
  ],
  [
    "EventBridge logs what it could not deliver to a team's rule",
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-logs.html',
    'it would trigger the alarm events-undelivered; test/infra/alarms.slow.test.ts shows it on the local stack',
  ],
  [
    'Requests above the throttle get 429, and Fractal retries them',
    'infra/README.md#floods',
    "it would delay Fractal's deliveries; test/infra/alarms.slow.test.ts shows it on the local stack",
  ],
  [
    'Retained resources can be adopted by a new stack',
    'docs/uninstall.md#adopt-what-was-kept',
    'it takes deleting the stack; test/judges/ministack.judge.ts shows it on MiniStack',
  ],
  [
    'What a month costs',
    'docs/cost.md',
    'AWS bills once a day; test/bench/figures.test.ts computes the page from the list prices',
  ],
];

export const notShown = (): Verdict[] =>
  NOT_SHOWN.map(([says, source, seen]) => ({ says, source, result: 'not checked here', seen }));

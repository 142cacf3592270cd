import { setTimeout as wait } from 'node:timers/promises';
import { aBody } from '../measure/events.ts';
import { sendTo, withLocalStack } from '../measure/local-stack.ts';
import { quantile } from '../measure/statistics.ts';
import { capacityFor } from './capacity.ts';
import { type Scenario, type ServiceTimes, simulate } from './model.ts';

/** The throttle of the checks, which two cores can fill. */
const THROTTLE = { throttleRate: 30, throttleBurst: 30 };
/** Fractal's first retry, twenty times as soon. */
const FIRST_PAUSE_S = 1;

/** The scenarios, scaled down to what two cores do. */
const SCENARIOS: readonly Scenario[] = [
  { name: 'steady, 20/s for 30 s', seconds: 30, arrivals: () => 20, firstPause: FIRST_PAUSE_S },
  {
    name: 'campaign: 0 to 60/s and back in 60 s, throttle 30/s',
    seconds: 60,
    arrivals: (second) => (second < 20 ? 3 * second : (60 * (60 - second)) / 40),
    firstPause: FIRST_PAUSE_S,
  },
  {
    name: 'outage of 20 s in 60 s, 5/s',
    seconds: 60,
    arrivals: () => 5,
    firstPause: FIRST_PAUSE_S,
    isDown: (second) => second >= 10 && second < 30,
  },
];

/** On this machine: what the bench measures end to end, of which ingest is about a third. */
const HERE: ServiceTimes = {
  ...{ ingest: 0.004, coldStart: 0.1, applyBatch: 0.009, applyEach: 0.002 },
  ...{ publishBatch: 0.005, publishEach: 0.001, streamDelay: 0.05, queueDelay: 0.002 },
};

interface Measured {
  readonly answers: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly p50: number;
  readonly p99: number;
  /** Seconds from the first attempt to the 202 of the slowest. */
  readonly worst: number;
}

const measure = (scenario: Scenario): Promise<Measured> =>
  withLocalStack(THROTTLE, async (file, lags) => {
    const answers: Record<string, number> = {};
    let worst = 0;
    const fault = (on: boolean) =>
      fetch(`${file.awsEndpointUrl}/_local/faults`, {
        method: 'PUT',
        body: JSON.stringify(on ? [{ service: 'sqs', action: 'SendMessage', fault: 'error' }] : []),
      });
    /** Sends until it is accepted, as Fractal does. */
    const deliver = async (): Promise<void> => {
      const [body, began] = [aBody(), performance.now()];
      for (let pause = FIRST_PAUSE_S; ; pause *= 2) {
        const status = await sendTo(file, body);
        answers[status] = (answers[status] ?? 0) + 1;
        if (status === 202) break;
        await wait(pause * 1_000);
      }
      worst = Math.max(worst, (performance.now() - began) / 1_000);
    };
    // The first start every process, which the model is told apart.
    for (let count = 0; count < 20; count += 1) await sendTo(file);
    await wait(3_000);
    const warmUp = (await lags()).length;
    const under: Promise<void>[] = [];
    const began = performance.now();
    let [due, isDown, before] = [0, false, 0];
    for (let second = 0; second < scenario.seconds; second = (performance.now() - began) / 1_000) {
      const down = scenario.isDown?.(second) ?? false;
      if (down !== isDown) await fault(down);
      isDown = down;
      for (due += scenario.arrivals(second) * (second - before); due >= 1; due -= 1) under.push(deliver());
      before = second;
      await wait(50);
    }
    await Promise.all(under);
    await wait(2_000);
    const all = (await lags()).slice(warmUp);
    const attempts = Object.values(answers).reduce((sum, count) => sum + count, 0);
    return { answers, attempts, p50: quantile(all, 0.5), p99: quantile(all, 0.99), worst };
  });

/** Measures the scenarios on the local stack, beside what the model says. @returns a table */
export const checkModel = async (say: (text: string) => void): Promise<string> => {
  const rows: string[] = [];
  for (const scenario of SCENARIOS) {
    say(scenario.name);
    const measured = await measure(scenario);
    const capacity = { ...capacityFor(undefined), ...THROTTLE };
    const model = simulate(scenario, capacity, HERE);
    const answers = (of: Readonly<Record<string, number>>, names: readonly string[]) =>
      names.map((name) => of[name] ?? 0).join(' / ');
    const attempts = Object.values(model.answers).reduce((sum, count) => sum + count, 0);
    const ms = (value: number) => `${Math.round(value)} ms`;
    rows.push(
      `| ${scenario.name} | ${answers(model.answers, ['202', '429', '5xx'])} | ${answers(measured.answers, ['202', '429', '503'])} | ${attempts} | ${measured.attempts} | ${ms(1_000 * model.receiptToTable.median)}, ${ms(1_000 * model.receiptToTable.p99)} | ${ms(measured.p50)}, ${ms(measured.p99)} | ${model.toTable.worst.toFixed(0)} s | ${measured.worst.toFixed(0)} s |`,
    );
  }
  return [
    '| scenario | 202 / 429 / 5xx: model | measured | attempts: model | measured | receipt to table, median and 99 %: model | measured | slowest: model | measured |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
};

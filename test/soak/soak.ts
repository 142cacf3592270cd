import { setTimeout as wait } from 'node:timers/promises';
import { type Disruptions, disrupt } from './disruptions.ts';
import { type Forgotten, forgetAll, forgetNowAndThen } from './forgetting.ts';
import { isForgotten } from './forgotten-users.ts';
import { createJournal, type Journal } from './journal.ts';
import { type PlanSettings, planDeliveries } from './plan.ts';
import { createReceivedEvents, takeEvents } from './received-events.ts';
import { type Sent, sendAll } from './sender.ts';
import type { Counts, SoakedStack } from './stack.ts';
import { judge, settle, type Verdict } from './verdict.ts';

export interface SoakSettings extends PlanSettings {
  readonly faults: boolean;
  readonly kills: boolean;
  /** Whether `forget` runs for some users, in mid-traffic and at the end. */
  readonly forget: boolean;
  /** The speed of the retry schedule, as a multiple of Fractal's. */
  readonly speed: number;
  readonly concurrency: number;
  /**
   * How long to wait without progress after the last delivery, in milliseconds: longer than the two minutes for which messages stay
   * hidden that `forget` could not give back.
   */
  readonly patienceMs: number;
}

/** The progress of a soak. */
export interface Progress {
  readonly settings: SoakSettings;
  readonly sent: Sent;
  readonly disruptions: Disruptions;
  readonly forgotten: Forgotten;
  readonly startedAt: number;
  /** The number of deliveries in the plan. */
  readonly planned: number;
}

export interface Report extends Progress, Verdict {
  readonly seconds: number;
  readonly settled: boolean;
  /** Users for whom `forget` did not finish at the end. */
  readonly unfinished: readonly string[];
  readonly outcomes: Counts;
  readonly injected: Counts;
}

/** Sends notifications to a stack under faults, waits until it is idle, and compares its state with the expected state. */
export const soak = async (
  stack: SoakedStack,
  settings: SoakSettings,
  on: { readonly start: (progress: Progress) => void; readonly sent: () => void },
): Promise<Report> => {
  const journal: Journal = createJournal();
  const progress: Progress = {
    settings,
    sent: { delivered: 0, acknowledged: 0, retries: 0, givenUp: 0 },
    disruptions: { kills: 0, restarts: 0 },
    forgotten: { runs: 0, statuses: {} },
    startedAt: Date.now(),
    planned: count(planDeliveries(settings)),
  };
  on.start(progress);

  const { webhookUrl, tokens } = stack.client();
  const calm = new AbortController();
  const received = createReceivedEvents();
  // Fails while the stack restarts.
  const listen = () => takeEvents(stack.client(), stack.eventQueueUrl(), received).catch(() => wait(100, 0));
  const listening = (async () => {
    while (!calm.signal.aborted) await listen();
  })();
  const disrupting = disrupt(stack, progress.disruptions, () => progress.sent.acknowledged, settings, calm.signal);
  const sender = { ...settings, url: webhookUrl, token: tokens['*']?.[0] ?? '' };
  const forgetting = settings.forget ? forgetNowAndThen(stack, progress.forgotten, settings, calm.signal) : undefined;
  await sendAll(planDeliveries(settings), journal, progress.sent, sender);
  const seconds = (Date.now() - progress.startedAt) / 1_000;
  calm.abort();
  await disrupting;
  await forgetting;
  await listening;
  on.sent();

  const settled = await settle(stack.client(), settings.patienceMs);
  const isOfForgotten = (id: string) => settings.forget && isForgotten(id, settings.users);
  const unfinished = settings.forget ? await forgetAll(stack, settings.users) : [];
  return {
    ...progress,
    seconds,
    settled,
    unfinished,
    ...(await judge(stack.client(), journal, received, listen, settings.patienceMs, isOfForgotten)),
    ...(await stack.counts()),
  };
};

const count = (all: Iterable<unknown>): number => {
  let number = 0;
  for (const _ of all) number += 1;
  return number;
};

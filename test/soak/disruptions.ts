import { setTimeout as wait } from 'node:timers/promises';
import type { Fault } from '../../emulator/faults/fault.ts';
import { createRandom, type Random } from './plan.ts';
import type { SoakedStack } from './stack.ts';

export interface TroubleSettings {
  readonly seed: number;
  readonly faults: boolean;
  readonly kills: boolean;
}

export interface Disruptions {
  kills: number;
  restarts: number;
}

const KINDS: readonly Fault['fault'][] = ['error', 'unavailable', 'throttle', 'hang', 'drop', 'stall', 'slow'];
const CALLS: readonly (readonly [Fault['service'], string | undefined])[] = [
  ['sqs', 'SendMessage'],
  ['sqs', undefined],
  ['dynamodb', 'UpdateItem'],
  ['dynamodb', undefined],
  ['secretsmanager', undefined],
  ['events', undefined],
];

const ACKNOWLEDGED_BETWEEN_KILLS = 20;

/**
 * Injects faults and kills processes, as determined by the seed, until `until` aborts.
 *
 * @param acknowledged how many deliveries were acknowledged: on a busy machine, where processes start slowly, the next kill waits for some
 */
export const disrupt = async (
  stack: SoakedStack,
  disruptions: Disruptions,
  acknowledged: () => number,
  settings: TroubleSettings,
  until: AbortSignal,
) => {
  const sources = [
    ...(settings.faults ? [comeAndGo(stack, createRandom(settings.seed + 1), until)] : []),
    ...(settings.kills ? [killNowAndThen(stack, disruptions, acknowledged, createRandom(settings.seed + 2), until)] : []),
  ];
  await Promise.all(sources);
};

const pause = async (ms: number, until: AbortSignal): Promise<void> => {
  await wait(ms, undefined, { signal: until }).catch(() => {});
};

const hasFaults = async (stack: SoakedStack): Promise<boolean> => {
  const { injected } = await stack.counts().catch(() => ({ injected: {} }));
  return Object.keys(injected).length > 0;
};

const comeAndGo = async (stack: SoakedStack, random: Random, until: AbortSignal): Promise<void> => {
  // The first fault stays until it hits a call that every delivery makes, so that even a short soak has faults.
  await setFaults(stack, [{ service: 'sqs', action: 'SendMessage', fault: 'error', rate: 0.3 }]);
  while (!until.aborted && !(await hasFaults(stack))) await pause(20, until);
  for (; !until.aborted; await pause(random.int(500, 3_000), until)) {
    const [service, action] = random.pick(CALLS);
    const rate = random.pick([0.05, 0.3, 1]);
    const lasting = random.int(200, rate === 1 ? 2_500 : 5_000);
    const kinds = service === 'events' ? [...KINDS, 'entries' as const] : KINDS;
    const fault = { service, fault: random.pick(kinds), rate, lasting, delay: random.int(50, 1_500), ...(action && { action }) };
    if (!until.aborted) await setFaults(stack, [fault]);
    await pause(lasting, until);
  }
  await setFaults(stack, []);
};

// Ignores errors: the stack may be restarting.
const setFaults = async (stack: SoakedStack, faults: readonly Partial<Fault>[]): Promise<void> => {
  await stack
    .client()
    .setFaults(faults)
    .catch(() => {});
};

// Kills a process of a function about every second and, occasionally, a whole stack that keeps its data.
const killNowAndThen = async (
  stack: SoakedStack,
  disruptions: Disruptions,
  acknowledged: () => number,
  random: Random,
  until: AbortSignal,
): Promise<void> => {
  while (!until.aborted) {
    const goal = acknowledged() + ACKNOWLEDGED_BETWEEN_KILLS;
    await pause(random.int(200, 2_000), until);
    while (acknowledged() < goal && !until.aborted) await pause(50, until);
    const wholeStack = random.chance(0.04);
    const which = random.int(0, 1_000_000);
    if (until.aborted) return;
    if (wholeStack && stack.restart) {
      await stack.restart();
      disruptions.restarts += 1;
    } else {
      const pids = (await stack.client().view<{ pids: number[] }[]>('processes')).flatMap((one) => one.pids);
      if (pids.length > 0 && kill(pids[which % pids.length] as number)) disruptions.kills += 1;
    }
  }
};

const kill = (pid: number): boolean => {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
};

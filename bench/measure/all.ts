import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundleImplementations, type Implementation } from '../implementations.ts';
import type { Engine, Name } from '../names.ts';
import type { Stand } from '../stand.ts';
import { type Calls, countCalls } from './calls.ts';
import { type ColdStart, measureColdStart } from './cold-start.ts';
import { type EndToEnd, measureEndToEnd } from './end-to-end.ts';
import { TOKEN } from './events.ts';
import { type Growth, measureGrowth } from './growth.ts';
import { type InLocalStack, measureLocalStack } from './local-stack.ts';
import { measurePublish, type Publishing } from './publish.ts';
import { measureStartUp, type StartUp } from './start-up.ts';
import { type ApplyStep, measureWarmApply, type WarmApply } from './warm-apply.ts';
import { measureWarmIngest, type WarmIngest } from './warm-ingest.ts';
import { measureWidget, type WidgetView } from './widget.ts';

export interface Results {
  readonly cold: Readonly<Record<Name, ColdStart>>;
  readonly ingest: Readonly<Record<Name, WarmIngest>>;
  readonly apply: Readonly<Record<Engine, Readonly<Record<Name, readonly WarmApply[]>>>>;
  readonly calls: Readonly<Record<Name, { readonly uniform: Calls; readonly hot: Calls }>>;
  readonly publish: Publishing;
  readonly widget: WidgetView;
  readonly growth: readonly Growth[];
  readonly endToEnd: Readonly<Record<Name, EndToEnd>>;
  readonly inLocalStack: { readonly atOnce: InLocalStack; readonly withWindow: InLocalStack };
  readonly startUp: StartUp;
}

/** The number of rounds and notifications of a run. */
export interface Effort {
  readonly coldRounds: number;
  readonly ingestTurns: number;
  readonly applyRounds: number;
  readonly growth: readonly number[];
  readonly endToEndRounds: number;
  /** The number of deliveries to the local stack. */
  readonly deliveries: number;
  readonly startUpTurns: number;
}

// Small batches get more rounds, because their ratios vary more.
const APPLY_PLAN: readonly ApplyStep[] = [
  { batch: 1, notifications: 50, times: 4 },
  { batch: 10, notifications: 200, times: 2 },
  { batch: 100, notifications: 400, times: 1 },
  { batch: 1_000, notifications: 1_000, times: 1 },
];

/** Runs all measurements in sequence. Nothing else should run on the machine at the same time. */
export const measureAll = async (effort: Effort, say: (step: string) => void): Promise<Results> => {
  say('bundling');
  const implementations = await bundleImplementations();
  const byName = <T>(results: ReadonlyMap<Implementation, T>) =>
    Object.fromEntries([...results].map(([{ name }, result]) => [name, result])) as Record<Name, T>;

  const onDynalite = await withStand('dynalite', async (stand) => {
    say(`cold starts, ${effort.coldRounds} rounds`);
    const cold = byName(await measureColdStart(implementations, stand, effort.coldRounds));
    say(`warm ingest, ${effort.ingestTurns} turns`);
    const ingest = byName(await measureWarmIngest(implementations, stand, effort.ingestTurns));
    say('calls per notification');
    const counted = new Map<Implementation, { uniform: Calls; hot: Calls }>();
    for (const one of implementations) {
      counted.set(one, { uniform: await countCalls(one, stand, 'uniform'), hot: await countCalls(one, stand, 'hot') });
    }
    say('warm apply on dynalite');
    const apply = byName(await measureWarmApply(implementations, stand, APPLY_PLAN, effort.applyRounds));
    say('end to end');
    const endToEnd = byName(await measureEndToEnd(implementations, stand, effort.endToEndRounds));
    say(`publishing, ${effort.coldRounds} rounds`);
    const publish = await measurePublish(stand, effort.coldRounds);
    say('dead-letter widget with a thousand messages');
    const widget = await measureWidget(stand, 1_000);
    return { cold, ingest, calls: byName(counted), apply, endToEnd, publish, widget };
  });
  const amazon = await withStand('amazon', async (stand) => {
    say("warm apply on Amazon's DynamoDB Local");
    return byName(await measureWarmApply(implementations, stand, APPLY_PLAN, effort.applyRounds));
  });
  say(`growth to ${effort.growth.at(-1)} notifications`);
  const growth = await withStand('dynalite', (stand) =>
    measureGrowth(implementations[0] as Implementation, stand, effort.growth),
  );
  say('the local stack');
  const inLocalStack = {
    atOnce: await measureLocalStack(effort.deliveries, 0),
    withWindow: await measureLocalStack(effort.deliveries, 1),
  };
  say('start-up and command line');
  const startUp = await measureStartUp(effort.startUpTurns);
  return { ...onDynalite, apply: { dynalite: onDynalite.apply, amazon }, growth, inLocalStack, startUp };
};

const withStand = async <T>(engine: Engine, work: (stand: Stand) => Promise<T>): Promise<T> => {
  const child = fork(join(import.meta.dirname, '../stand.ts'), [engine], { env: { ...process.env, TOKEN } });
  try {
    const [stand] = await once(child, 'message');
    return await work(stand as Stand);
  } finally {
    child.disconnect();
    await once(child, 'exit');
  }
};

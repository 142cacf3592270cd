import { AWS } from './limits.ts';

/** A step of the simulation. Shorter times cannot be told apart, and are computed from the service times alone. */
export const TICK_S = 0.1;
const ATTEMPTS = 5;
const FRACTAL_TRIES = 20;
const DAY_S = 86_400;

/** How long the parts take, in seconds. */
export interface ServiceTimes {
  readonly ingest: number;
  readonly coldStart: number;
  /** A batch of apply: what does not depend on its size, and each notification of it. */
  readonly applyBatch: number;
  readonly applyEach: number;
  readonly publishBatch: number;
  readonly publishEach: number;
  /** From a write until its record can be read from the stream, and from the queue until a poller has a message. */
  readonly streamDelay: number;
  readonly queueDelay: number;
}

/** The settings of the stack and the quotas of the account. */
export interface Capacity {
  readonly throttleRate: number;
  readonly throttleBurst: number;
  readonly applyConcurrency: number;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly visibilitySeconds: number;
  readonly parallelization: number;
  /** Write units per second that the table takes at once. */
  readonly warmWrites: number;
  readonly lambdaConcurrency: number;
  readonly apiRate: number;
  readonly putEvents: number;
}

export interface Scenario {
  readonly name: string;
  readonly seconds: number;
  /** Notifications per second at a time. */
  arrivals(second: number): number;
  /** Requests of strangers per second, which have no valid signature. */
  strangers?(second: number): number;
  /** The share of the notifications that are about one user. */
  readonly hotShare?: number;
  /** After how many seconds Fractal tries again for the first time. Default: 20. */
  readonly firstPause?: number;
  /** Whether ingest cannot accept anything, because the queue or the secret cannot be reached. */
  isDown?(second: number): boolean;
}

/** What binds, by its name in the report. */
export type Bottleneck =
  | 'route throttle'
  | 'account throttle of API Gateway'
  | 'concurrency of the account'
  | 'scaling of Lambda'
  | 'concurrency of apply'
  | 'pollers of the queue'
  | 'write capacity of the table'
  | 'partition of one user'
  | 'shards of the stream'
  | 'PutEvents';

export interface Simulated {
  readonly sent: number;
  readonly answers: Readonly<Record<'202' | '401' | '429' | '5xx', number>>;
  /** Given up by Fractal after its last retry. */
  readonly lost: number;
  readonly deadLetters: number;
  readonly applied: number;
  readonly published: number;
  /** Seconds from the first attempt to send until the notification is in the table, or published: median, 99th percentile, worst. */
  readonly toTable: Quantiles;
  readonly toEvent: Quantiles;
  /** Seconds from the receipt, which is the 202. */
  readonly receiptToTable: Quantiles;
  readonly backlogAtMost: number;
  /** The backlog of the queue, sixty values over the scenario. */
  readonly backlog: readonly number[];
  /** What limited the flow, and for how many seconds; the first of them first. */
  readonly binding: readonly (readonly [Bottleneck, number])[];
  readonly invocations: { readonly ingest: number; readonly apply: number; readonly publish: number };
  /** Seconds until all was applied and published, after the last arrival. */
  readonly drained: number;
}

export interface Quantiles {
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
}

/** Notifications that were sent first, and received, at the same time. */
interface Cohort {
  readonly sentAt: number;
  readonly receivedAt: number;
  count: number;
  readonly attempt: number;
}

/** A line of cohorts, first in, first out. */
const createLine = () => {
  let cohorts: Cohort[] = [];
  let head = 0;
  let size = 0;
  return {
    size: () => size,
    push: (cohort: Cohort): void => {
      cohorts.push(cohort);
      size += cohort.count;
    },
    /** Takes this many from the front, cohort by cohort. */
    take: (count: number, each: (cohort: Cohort, count: number) => void): void => {
      let left = Math.min(count, size);
      size -= left;
      while (left > 0) {
        const first = cohorts[head] as Cohort;
        const taken = Math.min(first.count, left);
        each(first, taken);
        left -= taken;
        first.count -= taken;
        if (first.count === 0) head += 1;
      }
      if (head < 10_000) return;
      cohorts = cohorts.slice(head);
      head = 0;
    },
  };
};

/**
 * Simulates the deployed system in steps of a tenth of a second. Notifications of a step are one cohort, so that 36 million take seconds.
 */
export const simulate = (scenario: Scenario, capacity: Capacity, times: ServiceTimes): Simulated => {
  const bound = new Map<Bottleneck, { first: number; seconds: number }>();
  const bind = (what: Bottleneck, at: number): void => {
    const one = bound.get(what) ?? { first: at, seconds: 0 };
    one.seconds += TICK_S;
    bound.set(what, one);
  };
  const answers = { '202': 0, '401': 0, '429': 0, '5xx': 0 };
  const [toTable, toEvent, receiptToTable] = [createDurations(), createDurations(), createDurations()];
  const retries = new Map<number, Cohort[]>();
  const returning = new Map<number, Cohort[]>();
  const [queue, stream] = [createLine(), createLine()];
  const invocations = { ingest: 0, apply: 0, publish: 0 };
  const backlog: number[] = [];
  const bucket = { route: capacity.throttleBurst, account: Math.min(AWS.apiBurst.value, capacity.apiRate) };
  let [hidden, sent, lost, deadLetters, applied, published, backlogAtMost] = [0, 0, 0, 0, 0, 0, 0];
  let [warm, pollers, warmWrites, peak, peakAt] = [0, AWS.pollersAtFirst.value as number, capacity.warmWrites, 0, 0];
  let [due, dueStrangers, writeTokens, putTokens, partitionTokens] = [0, 0, 0, 0, 0];

  const lastTick = Math.ceil(scenario.seconds / TICK_S);
  let tick = 0;
  const isBusy = () => queue.size() > 0 || stream.size() > 0 || hidden > 0 || retries.size > 0;
  for (; tick < lastTick || (isBusy() && tick < lastTick + (12 * DAY_S) / TICK_S); tick += 1) {
    // Nothing happens until the next retry.
    if (tick >= lastTick && queue.size() + stream.size() + hidden === 0) {
      while (retries.size > 0 && !retries.has(tick)) tick += 1;
      if (retries.size === 0) break;
    }
    const second = tick * TICK_S;

    // Arrivals: new ones, retries, and strangers.
    due += tick < lastTick ? scenario.arrivals(second) * TICK_S : 0;
    dueStrangers += tick < lastTick ? (scenario.strangers?.(second) ?? 0) * TICK_S : 0;
    const fresh = Math.floor(due);
    due -= fresh;
    sent += fresh;
    const strangers = Math.floor(dueStrangers);
    dueStrangers -= strangers;
    const arriving: Cohort[] = [...(retries.get(tick) ?? [])];
    retries.delete(tick);
    if (fresh > 0) arriving.push({ sentAt: second, receivedAt: second, count: fresh, attempt: 1 });
    const requested = arriving.reduce((sum, { count }) => sum + count, strangers);

    // API Gateway: token buckets of the route and of the account.
    bucket.route = Math.min(capacity.throttleBurst, bucket.route + capacity.throttleRate * TICK_S);
    bucket.account = Math.min(AWS.apiBurst.value, bucket.account + capacity.apiRate * TICK_S);
    const admitted = Math.min(requested, Math.floor(bucket.route), Math.floor(bucket.account));
    if (admitted < requested) bind(bucket.route <= bucket.account ? 'route throttle' : 'account throttle of API Gateway', second);
    bucket.route -= admitted;
    bucket.account -= admitted;

    // Ingest: environments are kept warm, and are added within limits. What they cannot take gets a 5xx.
    const busyApply = Math.min(pollers, capacity.applyConcurrency, Math.ceil(queue.size() / capacity.batchSize));
    const free = Math.max(0, capacity.lambdaConcurrency - busyApply);
    const needed = (admitted / TICK_S) * times.ingest;
    const grown = Math.min(free, warm + AWS.lambdaScaling.value * (TICK_S / 10) + (warm === 0 ? AWS.lambdaScaling.value : 0));
    const environments = Math.min(Math.max(needed, warm), grown);
    const taken = needed <= environments ? admitted : Math.floor((environments / times.ingest) * TICK_S);
    if (taken < admitted) bind(free <= environments ? 'concurrency of the account' : 'scaling of Lambda', second);
    const isCold = environments > warm;
    warm = Math.max(warm, Math.min(environments, needed));
    invocations.ingest += taken;

    answers['429'] += requested - admitted;
    answers['5xx'] += admitted - taken;
    // New requests, retries and strangers are let through alike: none of them waits in a line.
    let [seen, passed] = [0, 0];
    const pass = (count: number): number => {
      seen += count;
      const now = Math.round((taken * seen) / Math.max(1, requested)) - passed;
      passed += now;
      return now;
    };
    answers['401'] += pass(strangers);
    const isDown = scenario.isDown?.(second) ?? false;
    for (const cohort of arriving) {
      const admittedOf = pass(cohort.count);
      const good = isDown ? 0 : admittedOf;
      if (isDown) answers['5xx'] += admittedOf;
      if (good > 0) {
        answers['202'] += good;
        const receivedAt = second + times.ingest + (isCold ? times.coldStart : 0);
        queue.push({ sentAt: cohort.sentAt, receivedAt, count: good, attempt: 1 });
      }
      const failed = cohort.count - good;
      if (failed === 0) continue;
      if (cohort.attempt >= FRACTAL_TRIES) lost += failed;
      else {
        const pause = Math.min((scenario.firstPause ?? 20) * 2 ** (cohort.attempt - 1), DAY_S);
        const at = tick + Math.ceil(pause / TICK_S);
        retries.set(at, [...(retries.get(at) ?? []), { ...cohort, count: failed, attempt: cohort.attempt + 1 }]);
      }
    }

    // Apply: pollers grow while there is a backlog; each has a batch under way.
    for (const cohort of returning.get(tick) ?? []) {
      queue.push(cohort);
      hidden -= cohort.count;
    }
    returning.delete(tick);
    const wanted = Math.ceil(queue.size() / capacity.batchSize);
    pollers =
      wanted > pollers
        ? Math.min(AWS.pollersAtMost.value, pollers + (AWS.pollersPerMinute.value / 60) * TICK_S)
        : Math.max(AWS.pollersAtFirst.value, pollers - TICK_S);
    const concurrency = Math.max(
      1,
      Math.min(Math.floor(pollers), capacity.applyConcurrency, capacity.lambdaConcurrency - Math.ceil(needed)),
    );
    const fromWindow = capacity.batchWindowSeconds * (queue.size() / TICK_S) * TICK_S;
    const batch = Math.max(1, Math.min(capacity.batchSize, Math.max(queue.size() / concurrency, fromWindow / concurrency)));
    const serviceTime = times.applyBatch + batch * times.applyEach;
    const perTick = (concurrency / serviceTime) * batch * TICK_S;
    const canApply = Math.min(queue.size(), Math.ceil(perTick));
    if (canApply < queue.size() && queue.size() > concurrency * capacity.batchSize)
      bind(concurrency < capacity.applyConcurrency ? 'pollers of the queue' : 'concurrency of apply', second);

    // The table: units of the last peak doubled within half an hour; of one user, a partition.
    writeTokens = Math.min(warmWrites, writeTokens + warmWrites * TICK_S);
    partitionTokens = Math.min(AWS.partition.value, partitionTokens + AWS.partition.value * TICK_S);
    const hot = Math.round(canApply * (scenario.hotShare ?? 0));
    // Notifications of one item in a batch become one write.
    const batches = Math.max(1, canApply / batch);
    const hotWrites = Math.min(hot, batches);
    let throttled = 0;
    if (hotWrites > partitionTokens) {
      throttled += Math.round(hot * (1 - partitionTokens / hotWrites));
      bind('partition of one user', second);
    }
    partitionTokens -= Math.min(partitionTokens, hotWrites);
    const writes = canApply - hot + hotWrites;
    if (writes > writeTokens) {
      throttled += Math.round((canApply - throttled) * (1 - writeTokens / writes));
      bind('write capacity of the table', second);
    }
    throttled = Math.min(throttled, canApply);
    writeTokens -= Math.min(writeTokens, writes);
    if (writes / TICK_S > peak) [peak, peakAt] = [writes / TICK_S, second];
    if (peak > warmWrites / 2 && second - peakAt < 1_800)
      warmWrites = Math.min(AWS.tableAtMost.value, Math.max(warmWrites, 2 * peak));

    invocations.apply += canApply > 0 ? batches : 0;
    const done = second + times.queueDelay + Math.max(capacity.batchWindowSeconds / 2, 0) + serviceTime;
    queue.take(canApply, (cohort, count) => {
      const failed = Math.min(count, throttled);
      throttled -= failed;
      const good = count - failed;
      if (failed > 0 && cohort.attempt >= ATTEMPTS) deadLetters += failed;
      else if (failed > 0) {
        const at = tick + Math.ceil(capacity.visibilitySeconds / TICK_S);
        returning.set(at, [...(returning.get(at) ?? []), { ...cohort, count: failed, attempt: cohort.attempt + 1 }]);
        hidden += failed;
      }
      if (good === 0) return;
      applied += good;
      toTable.add(done - cohort.sentAt, good);
      receiptToTable.add(done - cohort.receivedAt, good);
      stream.push({ ...cohort, receivedAt: done, count: good });
    });

    // Publish: batches per shard, which have their records in order.
    const shards = Math.max(4, Math.ceil(warmWrites / AWS.partition.value));
    const atOnce = shards * capacity.parallelization;
    const size = Math.max(1, Math.min(100, stream.size() / atOnce));
    const publishTime = times.publishBatch + size * times.publishEach;
    putTokens = Math.min(capacity.putEvents, putTokens + capacity.putEvents * TICK_S);
    const byShards = Math.ceil((atOnce / publishTime) * size * TICK_S);
    const byQuota = Math.max(0, Math.floor(putTokens)) * AWS.entriesPerPutEvents.value;
    const canPublish = Math.min(stream.size(), byShards, byQuota);
    if (canPublish < stream.size() && stream.size() > atOnce * 100)
      bind(byQuota < byShards ? 'PutEvents' : 'shards of the stream', second);
    putTokens -= Math.ceil(canPublish / Math.min(size, AWS.entriesPerPutEvents.value));
    invocations.publish += canPublish > 0 ? canPublish / size : 0;
    stream.take(canPublish, (cohort, count) => {
      published += count;
      toEvent.add(Math.max(cohort.receivedAt, second) + times.streamDelay + publishTime - cohort.sentAt, count);
    });

    backlogAtMost = Math.max(backlogAtMost, queue.size() + hidden);
    if (tick < lastTick && tick % Math.max(1, Math.floor(lastTick / 60)) === 0) backlog.push(queue.size() + hidden);
  }

  return {
    sent,
    answers,
    lost,
    deadLetters,
    applied,
    published,
    toTable: toTable.quantiles(),
    toEvent: toEvent.quantiles(),
    receiptToTable: receiptToTable.quantiles(),
    backlogAtMost,
    backlog,
    binding: [...bound].sort(([, a], [, b]) => a.first - b.first).map(([what, { seconds }]) => [what, seconds] as const),
    invocations,
    drained: Math.max(0, tick * TICK_S - scenario.seconds),
  };
};

/** Durations with their counts, in buckets a twentieth apart. */
const createDurations = () => {
  const counts = new Map<number, number>();
  let worst = 0;
  let all = 0;
  const STEP = Math.log(1.02);
  return {
    add: (seconds: number, count: number): void => {
      const bucket = Math.ceil(Math.log(Math.max(seconds, 0.001)) / STEP);
      counts.set(bucket, (counts.get(bucket) ?? 0) + count);
      worst = Math.max(worst, seconds);
      all += count;
    },
    quantiles: (): Quantiles => {
      const sorted = [...counts].sort(([a], [b]) => a - b);
      const at = (share: number): number => {
        let seen = 0;
        for (const [bucket, count] of sorted) {
          seen += count;
          if (seen >= all * share) return Math.min(worst, Math.exp(bucket * STEP));
        }
        return 0;
      };
      return { median: at(0.5), p99: at(0.99), worst };
    },
  };
};

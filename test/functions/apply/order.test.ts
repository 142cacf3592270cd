import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import fc from 'fast-check';
import { awsError, type Service } from '../../../emulator/aws/request.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { fold } from '../../../functions/core/record.ts';
import { deliveryId } from '../../../functions/ingest/delivery-id.ts';
import { loadBundle } from '../../support/bundle.ts';
import { runsOf } from '../../support/effort.ts';
import { DYNAMODB_ENGINES } from '../../support/engines.ts';
import { aContext, logged } from '../../support/lambda.ts';
import { anEmailChange, aResult, aVerification, bytesOf } from '../../support/notifications.ts';
import { plainTruth, type Statement } from '../../support/plain-truth.ts';
import { startTable } from '../../support/table.ts';

const RUNS_AT_ONCE = 4;
const RUNS = runsOf(250, 50);

const SECOND = Date.parse('2024-05-01T00:00:00Z');
const RECEIVED = Date.parse('2024-06-01T00:00:00Z');

// Few users, levels and times, so that repetitions and ties are frequent; each time in several notations.
const moments = fc
  .record({ second: fc.integer({ min: 0, max: 2 }), ms: fc.constantFrom(0, 0, 0, 1, 500), way: fc.integer({ min: 0, max: 3 }) })
  .map(({ second, ms, way }) => {
    const epochMs = SECOND + second * 1_000 + ms;
    const iso = (offsetHours: number) => new Date(epochMs + offsetHours * 3_600_000).toISOString();
    const ways = [
      iso(0),
      ms === 0 ? iso(0).replace('.000Z', 'Z') : iso(0),
      iso(5).replace('Z', '+05:00'),
      iso(-3).replace('Z', '4-03:00'), // 0.4 ms later, which is truncated
    ];
    return { epochMs, text: ways[way] as string };
  });

const receipts = fc.integer({ min: 0, max: 3 }).map((ms) => RECEIVED + ms);
const users = fc.constantFrom('a', 'b');

const verifications = fc
  .record({
    user: users,
    level: fc.constantFrom('basic', 'liveness'),
    status: fc.constantFrom('approved' as const, 'contacted' as const, 'rejected' as const),
    moment: moments,
    receivedAt: receipts,
  })
  .map(({ user, level, status, moment, receivedAt }) => ({
    kind: 'verification' as const,
    user,
    level,
    status,
    ...moment,
    receivedAt,
  }));

const emails = fc
  .record({ user: users, email: fc.constantFrom('a@x', 'b@x', '\uFB00@x', '😀@x'), receivedAt: receipts })
  .map((parts) => ({ kind: 'email' as const, ...parts }));

const results = fc
  .record({
    user: users,
    status: fc.constantFrom('approved' as const, 'approved' as const, 'rejected' as const, 'pending' as const),
    note: fc.constantFrom(undefined, '', 'a', 'b'),
    receivedAt: receipts,
    decision: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      {
        weight: 1,
        arbitrary: fc.record({
          asOf: receipts,
          statusRank: fc.constantFrom(1.5, 3.5, 3.75),
          by: fc.constantFrom('me', 'you'),
          why: fc.constant('asked'),
        }),
      },
    ),
  })
  .map(({ decision, status, ...parts }) => ({
    kind: 'kraken' as const,
    ...parts,
    status,
    // Nobody decides that a result is pending.
    decision: status === 'pending' ? undefined : decision,
  }));

const withBody = (prefix: string, one: VerificationParts | EmailParts | ResultParts): Statement => {
  const user = `${prefix}-${one.user}`;
  if (one.kind === 'kraken') {
    const body = aResult(user, one.status, one.note);
    return { ...one, user, body, id: deliveryId(bytesOf(`${body}${JSON.stringify(one.decision)}`)) };
  }
  return one.kind === 'email'
    ? { ...one, user, body: anEmailChange(user, one.email) }
    : { ...one, user, body: aVerification({ ...one, user, timestamp: one.text }) };
};

type VerificationParts = typeof verifications extends fc.Arbitrary<infer T> ? T : never;
type ResultParts = typeof results extends fc.Arbitrary<infer T> ? T : never;
type EmailParts = typeof emails extends fc.Arbitrary<infer T> ? T : never;

/** The delivery id. */
const idOf = (one: Statement): string => (one.kind === 'kraken' ? one.id : deliveryId(bytesOf(one.body)));

/** What happens to the writes of a run, in turn: success; rejection; success, but the response is lost. */
const fates = fc.infiniteStream(fc.constantFrom('done', 'done', 'done', 'refused', 'unanswered'));

const runs = fc.record({
  statements: fc.array(
    fc.oneof({ weight: 4, arbitrary: verifications }, { weight: 1, arbitrary: emails }, { weight: 3, arbitrary: results }),
    {
      minLength: 1,
      maxLength: 12,
    },
  ),
  repeated: fc.array(fc.nat(11), { maxLength: 4 }),
  batchSizes: fc.infiniteStream(fc.integer({ min: 1, max: 8 })),
  picks: fc.infiniteStream(fc.nat()),
  fates,
  faulty: fc.integer({ min: 0, max: 8 }),
});

// Only Amazon's engine is a reference for the order.
const describeWithJava = (DYNAMODB_ENGINES as readonly string[]).includes('amazon') ? describe : describe.skip;

describeWithJava('through the deployed bundle, on amazon,', () => {
  let table: Awaited<ReturnType<typeof startTable>>;
  let apply: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
  // What happens to the writes of each run, by the prefix of its users.
  const fatesByRun = new Map<string, { next(): string }>();

  const withFates =
    (serve: Service): Service =>
    async (request) => {
      if (request.action !== 'UpdateItem' && request.action !== 'PutItem') return serve(request);
      const [, prefix = ''] = /"USER#(\w+)-/.exec(request.body.toString()) ?? [];
      const fate = fatesByRun.get(prefix)?.next() ?? 'done';
      // A rejection that the SDK does not retry.
      const refusal = awsError(400, 'AccessDeniedException', 'injected');
      if (fate === 'refused') return refusal;
      const answer = await serve(request);
      return fate === 'unanswered' ? refusal : answer;
    };

  beforeAll(async () => {
    table = await startTable('amazon', withFates);
    apply = await loadBundle('Apply', {
      TABLE_NAME: table.tableName,
      HISTORY_TABLE_NAME: table.historyTableName,
      AWS_ENDPOINT_URL: table.url,
    });
  });

  afterAll(() => table.stop());

  test('any notifications, in any order and any batches, with any writes failing, end in the newest state per item', async () => {
    let count = 0;
    const property = fc.asyncProperty(runs, async ({ statements, repeated, batchSizes, picks, fates, faulty }) => {
      const prefix = `r${count++}`;
      let left = faulty;
      fatesByRun.set(prefix, { next: () => (left-- > 0 ? (fates.next().value as string) : 'done') });
      const said = statements.map((one) => withBody(prefix, one));
      const deliveries = [...said, ...repeated.flatMap((index) => said[index] ?? [])];

      const waiting = deliveries.map((one, index) => {
        const decision = one.kind === 'kraken' ? one.decision : undefined;
        const { body, receivedAt } = one;
        return { messageId: `m${index}`, body: encodeEnvelope({ id: idOf(one), receivedAt, bytes: bytesOf(body), decision }) };
      });
      while (waiting.length > 0) {
        const size = batchSizes.next().value as number;
        const batch = Array.from({ length: Math.min(size, waiting.length) }, () => {
          const [picked] = waiting.splice((picks.next().value as number) % waiting.length, 1);
          return picked as (typeof waiting)[number];
        });
        const { batchItemFailures } = await apply({ Records: batch } as SQSEvent, aContext(10_000));
        const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        waiting.push(...batch.filter(({ messageId }) => failed.has(messageId)));
      }
      fatesByRun.delete(prefix);

      for (const user of ['a', 'b'].map((name) => `${prefix}-${name}`)) {
        const items = await table.items(`USER#${user}`);
        expect(items).toEqual(plainTruth(user, said));
        // Each delivery is recorded once, however often its message came, and in any order the records give the items.
        const records = await table.items(`USER#${user}`, table.historyTableName);
        const receipts = said
          .filter((one) => one.user === user)
          .map((one) => JSON.stringify([one.body, one.receivedAt, idOf(one)]));
        expect(records.map(({ body, received_at, id }) => JSON.stringify([body, received_at, id])).sort()).toEqual(
          [...new Set(receipts)].sort(),
        );
        const folded = [...fold(fc.sample(fc.shuffledSubarray(records, { minLength: records.length }), 1)[0] ?? []).values()];
        expect(folded.sort((a, b) => (String(a.sk) < String(b.sk) ? -1 : 1))).toEqual(items);
      }
    });
    await logged(() =>
      Promise.all(
        Array.from({ length: RUNS_AT_ONCE }, (_, index) =>
          fc.assert(property, { ...RUNS, seed: (RUNS.seed ?? Date.now()) + index }),
        ),
      ),
    );
    expect(count).toBeGreaterThanOrEqual(RUNS_AT_ONCE * RUNS.numRuns);
  }, 600_000);
});

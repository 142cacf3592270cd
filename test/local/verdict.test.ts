import { describe, expect, test } from '@jest/globals';
import type { DeliveredEvent, Exchange, QueueContents } from '../../emulator/index.ts';
import { encodeEnvelope } from '../../functions/core/envelope.ts';
import { flowOf } from '../../local/console/views/flow.ts';
import { type Judged, type Part, verdictOf } from '../../local/console/views/verdict.ts';
import { causeOf } from '../../local/deliveries/cause.ts';
import { type Contents, createObserver } from '../../local/deliveries/observer.ts';
import { aVerification } from '../support/notifications.ts';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** An observed stack whose clock and queues the test sets. */
const observed = () => {
  const clock = { now: NOW };
  const observer = createObserver(() => clock.now);
  const queue = (ids: readonly string[], more: Partial<QueueContents['messages'][number]> = {}): QueueContents => ({
    messages: ids.map((id) => ({
      messageId: `m-${id}`,
      body: encodeEnvelope({ id, receivedAt: NOW, bytes: Buffer.from('{}') }),
      sentAt: NOW,
      receives: 1,
      hiddenUntil: undefined,
      ...more,
    })),
    retentionMs: 14 * 24 * 60 * MINUTE,
    receivesAtMost: 5,
  });
  const contents = (more: Partial<Contents> = {}): Contents => ({
    queue: queue([]),
    dead: queue([]),
    unpublished: queue([]),
    toForward: undefined,
    unforwarded: undefined,
    deletions: 0,
    ...more,
  });
  const post = (id: string, status = 202, user = 'jon') =>
    observer.exchange({
      body: Buffer.from(aVerification({ user, level: 'plus' })),
      status,
      answer: JSON.stringify(status === 202 ? { status: 'accepted', id } : { error: 'unavailable' }),
      context: { responseLatency: 5 },
    } as unknown as Exchange);
  const log = (from: string, line: object) => observer.functionLine(JSON.stringify(line), from);
  const applied = (id: string) => log('ApplyFunction', { level: 'INFO', message: 'batch', applied: { n: 1, ids: [id] } });
  const judge = (look: Partial<Contents> = {}, more: Partial<Judged> = {}) => {
    const judged = {
      ...observer.look(contents(look)),
      faults: [],
      isOff: false,
      applicable: undefined,
      oncall: 'oncall',
      ...more,
    };
    const { turn, says, because } = verdictOf(judged);
    return [turn, says, because.map(inWords).join('')];
  };
  return { clock, observer, queue, contents, post, log, applied, judge };
};

const inWords = (part: Part): string =>
  typeof part === 'string'
    ? part
    : 'until' in part
      ? `<${part.until - NOW}>`
      : 'code' in part
        ? `\`${part.code}\``
        : `[${part.label}]`;

const THROTTLED = 'ProvisionedThroughputExceededException: injected fault';

describe('the verdict', () => {
  test('is ready before the first delivery, and accounts for all after it', () => {
    const { post, applied, judge, clock } = observed();
    expect(judge()[1]).toBe('Ready for the first delivery.');
    post('a');
    clock.now += 91;
    applied('a');
    expect(judge()).toEqual([
      'done',
      'The acknowledged delivery is accounted for.',
      '0.1/s. The last one was in the table after 96 ms.',
    ]);
    post('b');
    applied('b');
    expect(judge()[1]).toBe('All 2 acknowledged deliveries are accounted for.');
  });

  test('says why deliveries wait, when the next try is, and that nothing is lost', () => {
    const { post, log, queue, judge } = observed();
    for (const id of ['a', 'b']) post(id);
    log('ApplyFunction', {
      level: 'ERROR',
      message: 'batch',
      failed: { n: 1, messages: [{ id: 'a', messageId: 'm', problem: THROTTLED }] },
    });
    const waiting = { queue: queue(['a', 'b'], { hiddenUntil: NOW + 42_000 }) };
    const wanted = [
      'self',
      '2 deliveries wait: writes to the table fail.',
      'DynamoDB throttles the writes. Nothing is lost: the next try is in <42000>. ',
    ];
    expect(judge(waiting)).toEqual(wanted);
    const [, , because] = judge(waiting, { faults: [{ service: 'dynamodb' }] });
    expect(because).toMatch(/You switched this fault on\. \[Switch it off\]$/);
  });

  test('misses a delivery that is nowhere', () => {
    const { post, judge, clock } = observed();
    post('a');
    judge();
    clock.now += 10_000;
    expect(judge()).toEqual([
      'you',
      '1 acknowledged delivery is not accounted for.',
      'The queue has 0, the deliveries say 1. [Show it]',
    ]);
  });

  test.each([
    ['tokens', 'Fractal gets 503: the secret cannot be read.', 'Secrets Manager'],
    ['queue', 'Fractal gets 503: the queue takes no messages.', 'SQS'],
  ])('says what ingest lacks: %s', (missing, says, service) => {
    const { post, log, judge } = observed();
    log('IngestFunction', { level: 'ERROR', message: 'unavailable', missing, problem: 'AccessDeniedException: not authorized' });
    post('', 503);
    const [turn, said, because] = judge();
    expect([turn, said]).toEqual(['self', says]);
    expect(because).toMatch(new RegExp(`^${service} denies the \\w+\\. Fractal tries again for days\\. $`));
    post('a');
    expect(judge()[1]).not.toBe(says);
  });

  test('says that changes wait, in order', () => {
    const { post, applied, log, judge, observer } = observed();
    for (const id of ['a', 'b']) post(id);
    for (const id of ['a', 'b']) applied(id);
    const failure = { id: 'change', kind: 'failed', problem: 'InternalServerError: injected fault' };
    log('ChangesPublishFunction', { level: 'ERROR', message: 'changes', unpublished: { n: 1, changes: [failure] } });
    expect(judge()).toEqual([
      'self',
      '2 changes wait: EventBridge fails.',
      'EventBridge answers with an error of its own. They are published in order. ',
    ]);
    observer.event({
      'detail-type': 'verification_approved',
      source: 'fractal-webhooks',
      detail: {},
    } as unknown as DeliveredEvent);
    expect(judge()[0]).toBe('done');
  });

  test('says that your code does not take events, and when it is asked again', () => {
    const { log, judge, queue } = observed();
    log('ForwardingForwardFunction', { level: 'WARN', message: 'not forwarded', id: 'change', problem: 'answered 500' });
    expect(judge({ toForward: queue(['x'], { hiddenUntil: NOW + 20_000 }) })).toEqual([
      'self',
      '1 event waits: your code does not take them.',
      'Your code answers with an error of its own. Nothing is lost: the next try is in <20000>. ',
    ]);
    log('ForwardingForwardFunction', { level: 'INFO', message: 'forwarded', id: 'change' });
    expect(judge()[0]).toBe('move');
  });

  test('says that apply is switched off, as the flow does', () => {
    const { post, judge, queue, observer, contents } = observed();
    post('a');
    const look = { queue: queue(['a'], { receives: 0 }) };
    expect(judge(look, { isOff: true }).slice(0, 2)).toEqual(['you', '1 delivery waits: apply is switched off.']);
    const state = { ...observer.look(contents(look)), fails: {}, faults: [], isOff: true, forwardsTo: undefined };
    expect(flowOf(state).find(({ at }) => at === 'apply')).toMatchObject({
      off: true,
      turn: 'you',
      says: ['switched off', '1 waits'],
    });
  });

  test('sends a person to the dead letters, and to what was not published or taken', () => {
    const { judge, queue } = observed();
    const dead = { dead: queue(['a', 'b']) };
    expect(judge(dead, { applicable: 1 })).toEqual([
      'you',
      '2 dead letters wait for you.',
      `1 of them would apply if redriven now. The first expires in <${14 * 24 * 60 * MINUTE}>. [Review them]`,
    ]);
    expect(judge({ unpublished: queue(['c']) })[2]).toContain('`oncall events unpublished`');
    expect(judge({ unforwarded: queue(['c']) })[2]).toContain('`oncall events unforwarded`');
  });
});

test.each([
  [THROTTLED, 'throttled'],
  ['TooManyRequestsException: Rate exceeded', 'throttled'],
  ['AccessDeniedException: User is not authorized to perform dynamodb:UpdateItem', 'denied'],
  ['KMSInvalidStateException: arn is pending deletion', 'denied'],
  ['ResourceNotFoundException: Requested resource not found', 'missing'],
  ['QueueDoesNotExist: The specified queue does not exist.', 'missing'],
  ['out of time', 'out of time'],
  ['the function ended without an answer', 'crashes'],
  ['InternalServerError: injected fault', 'answers 5xx'],
  ['answered 503', 'answers 5xx'],
  ['answered 404', 'refuses'],
  ['TimeoutError', 'does not answer'],
  ['is unreachable (ECONNREFUSED)', 'does not answer'],
  ['ValidationException: what is this', 'fails'],
])('the cause of %j in two words: %s', (problem, cause) => {
  expect(causeOf(problem)).toBe(cause);
});

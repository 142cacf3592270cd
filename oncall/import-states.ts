import { chunk } from '../functions/chunk.ts';
import type { Envelope } from '../functions/core/envelope.ts';
import { ownerOf } from '../functions/core/facets.ts';
import { formatInstant, parseInstant } from '../functions/core/instant.ts';
import { statedTime, stateOf } from '../functions/core/notification.ts';
import { parseNotification } from '../functions/core/parse-notification.ts';
import { compareStates, identityOf, type Outcome, predictOutcome, type State } from '../functions/core/state.ts';
import { erasedAt } from '../functions/erasure.ts';
import { deliveryId } from '../functions/ingest/delivery-id.ts';
import { MAX_BODY_BYTES } from '../functions/ingest/receive.ts';
import { visible } from '../functions/words/visible.ts';
import { applyThroughQueue } from './apply-through-queue.ts';
import { CALLED } from './called.ts';
import { CannotRunError, EXIT, explainError } from './failure.ts';
import { finishFirst } from './finish.ts';
import { erasuresOf } from './forget/ledger.ts';
import { linesOf } from './lines-of.ts';
import { moveEach } from './move-each.ts';
import { printJson } from './print-json.ts';
import { stateReaderOf } from './state-reader.ts';
import type { Target } from './target.ts';

// Of each kind; the JSON output has all of them.
const SHOWN_AT_MOST = 10;
const STATES_AT_ONCE = 1_000;
const STATES_PER_STEP = 100;
const NO_LIMIT = Number.POSITIVE_INFINITY;

export interface ImportStatesOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/** A state, with its line in the file, and the delivery that states it. */
export interface StateInFile {
  readonly line: number;
  readonly state: State;
  readonly envelope: Envelope;
}

interface LineProblem {
  readonly line: number;
  readonly problem: string;
}

type Counts = Record<Outcome, number>;

/**
 * Puts the notifications of a file, one per line, on the queue, if by the rule of the table they are newer, and waits until apply has
 * written them. May be repeated, and run while notifications arrive. Without `yes`, it only compares the file with the table.
 *
 * @returns the exit status: 1 if a line was not understood or could not be written
 * @throws CannotRunError if the file can't be read
 */
export const importStates = async (target: Target, file: string, { yes, json }: ImportStatesOptions): Promise<number> => {
  const { states, problems, superseded, repeated } = await statesIn(file, Date.now());
  const counts: Counts = { applied: 0, duplicate: 0, stale: 0, contested: 0, unchanged: 0 };
  /** Prints the first lines of a kind; the JSON output has all. */
  const printer = (rest: (count: number) => string) => {
    let shown = 0;
    return {
      print: (line: Record<string, unknown>, text: string): void => {
        if (json) printJson(line);
        else if (shown++ < SHOWN_AT_MOST) console.log(text);
      },
      end: (): void => {
        if (shown > SHOWN_AT_MOST) console.log(rest(shown - SHOWN_AT_MOST));
      },
    };
  };
  const skips = printer((count) => `… and ${count} more lines that are skipped: --json lists all of them.`);
  const outcomes = printer((count) => `… and ${count} more: --json lists all of them.`);
  let skipped = 0;
  const skip = ({ line, problem }: LineProblem): void => {
    skipped += 1;
    skips.print({ line, problem }, `line ${line}: ${problem}`);
  };
  problems.forEach(skip);

  const settle = ({ line, state }: StateInFile, outcome: Outcome): void => {
    counts[outcome] += 1;
    const { pk, sk } = state.key;
    const words = `line ${line}: ${visible(`${pk} ${sk}`)}: ${yes ? outcome : PROSPECTS[outcome]}`;
    if (json || (!yes && outcome !== 'duplicate')) outcomes.print({ line, pk, sk, outcome, dry_run: !yes }, words);
  };
  const failure = yes ? await write(target, states, settle, skip) : await compare(target, states, settle, skip);

  if (!json) {
    outcomes.end();
    skips.end();
    const { applied, duplicate, stale, contested, unchanged } = counts;
    const verb = yes ? 'applied' : 'would be applied';
    console.log(`${applied} ${verb}, ${duplicate} already in the table, ${stale} older than the table.`);
    if (contested > 0)
      console.log(
        `${contested} not applied: an approval after a rejection, which stands. List them: ${CALLED} contested${target.options}`,
      );
    if (unchanged > 0) console.log(`${unchanged} ask for no change.`);
    if (repeated > 0) console.log(`${repeated} skipped: the file has the same more than once.`);
    if (superseded > 0) console.log(`${superseded} skipped: the file has something newer.`);
    if (skipped > 0) console.log(`${skipped} skipped: see the lines above.`);
    if (!yes) console.log('This was a dry run. Add --yes to write to the table.');
  }
  if (failure)
    console.error(
      `error: ${explainError(failure, target)}\nRepeat the command: what was applied counts as already in the table.`,
    );
  return failure || skipped > 0 ? EXIT.problem : EXIT.done;
};

const PROSPECTS: Readonly<Record<Outcome, string>> = {
  applied: 'would be applied',
  duplicate: 'already in the table',
  stale: 'older than the table',
  contested: 'an approval after a rejection, which stands',
  unchanged: 'asks for no change',
};

const write = async (
  target: Target,
  states: readonly StateInFile[],
  settle: (one: StateInFile, outcome: Outcome) => void,
  skip: (problem: LineProblem) => void,
): Promise<unknown> => {
  const stopping = new AbortController();
  using _ = finishFirst('the current lines are written', () => stopping.abort(new CannotRunError('Interrupted.')));
  const { failure } = await moveEach(chunk(states, STATES_PER_STEP), NO_LIMIT, async (some) => {
    stopping.signal.throwIfAborted();
    const newer: StateInFile[] = [];
    await compare(target, some, (one, outcome) => (outcome === 'applied' ? newer.push(one) : settle(one, outcome)), skip);
    await applyThroughQueue(target, newer, (one) => settle(one, 'applied'));
  });
  return failure;
};

const compare = async (
  target: Target,
  states: readonly StateInFile[],
  settle: (one: StateInFile, outcome: Outcome) => unknown,
  skip: (problem: LineProblem) => void,
): Promise<undefined> => {
  const reader = stateReaderOf(target);
  for (const some of chunk(states, STATES_AT_ONCE)) {
    const items = await reader.many(some.map(({ state }) => state.key));
    const erasures = await erasuresOf(
      target,
      some.flatMap(({ state }) => ownerOf(state.key.pk) ?? []),
    );
    for (const one of some) {
      const erased = erasedAt(erasures, one.state.key.pk);
      if (erased !== undefined && !items.has(identityOf(one.state))) {
        skip({ line: one.line, problem: `erased ${formatInstant(erased)}, and not received again` });
        continue;
      }
      const outcome = predictOutcome(one.state, items.get(identityOf(one.state)));
      if (typeof outcome === 'string') settle(one, outcome);
      else skip({ line: one.line, problem: outcome.contradiction });
    }
  }
  return undefined;
};

/** The newest state in the file of each item. */
const statesIn = async (file: string, now: number) => {
  const newest = new Map<string, StateInFile>();
  const problems: LineProblem[] = [];
  let superseded = 0;
  let repeated = 0;
  for await (const { number: line, bytes } of linesOf(file)) {
    if (/^\s*$/.test(bytes.toString('latin1'))) continue;
    const found = stateIn(bytes, now);
    if (typeof found === 'string') {
      problems.push({ line, problem: found });
      continue;
    }
    const { state } = found;
    const other = newest.get(identityOf(state));
    const compared = other ? compareStates(state, other.state) : 1;
    if (compared === 0) repeated += 1;
    else if (other) superseded += 1;
    if (compared > 0) newest.set(identityOf(state), { line, ...found });
  }
  return { states: [...newest.values()], problems, superseded, repeated };
};

/** The state in a line, or why there is none. */
const stateIn = (bytes: Buffer, now: number): Omit<StateInFile, 'line'> | string => {
  const reading = parseNotification(bytes, now);
  if (reading.kind === 'not_understood')
    return reading.reason === 'not_utf8' ? 'not_utf8: convert the file, for example with iconv -t UTF-8' : reading.reason;
  const at = statedTime(reading.notification) === undefined ? receiptIn(bytes, now) : now;
  if (typeof at === 'string') return at;
  if (bytes.length > MAX_BODY_BYTES) return `too_long: more than ${MAX_BODY_BYTES} bytes`;
  const envelope: Envelope = { id: deliveryId(bytes), receivedAt: at, bytes, source: 'import' };
  return { state: stateOf(reading.notification, envelope), envelope };
};

/** When a notification without a time was received, in epoch milliseconds, or what is wrong with it. */
const receiptIn = (bytes: Buffer, now: number): number | string => {
  const { received_at: received } = JSON.parse(bytes.toString());
  if (received === undefined || received === null) return 'missing_field: received_at, the time when you received it';
  const receivedAt = typeof received === 'string' ? parseInstant(received) : undefined;
  if (receivedAt === undefined) return `wrong_field: received_at must be text such as "${formatInstant(0)}" (RFC 3339)`;
  return receivedAt > now ? 'time_ahead: received_at' : receivedAt;
};

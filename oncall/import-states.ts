import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { createStateTable } from '../functions/apply/state-table.ts';
import { chunk } from '../functions/chunk.ts';
import { parseInstant } from '../functions/core/instant.ts';
import { statedTime, stateOf } from '../functions/core/notification.ts';
import { parseNotification } from '../functions/core/parse-notification.ts';
import { compareStates, identityOf, type Outcome, predictOutcome, type State } from '../functions/core/state.ts';
import { Problem } from '../functions/log.ts';
import { visible } from '../functions/words/visible.ts';
import { CannotRunError, EXIT, explainError } from './failure.ts';
import { finishFirst } from './finish.ts';
import { moveEach } from './move-each.ts';
import { printJson } from './print-json.ts';
import { stateReaderOf } from './state-reader.ts';
import type { Target } from './target.ts';

// Lines printed one by one; the JSON output has all of them.
const SHOWN_AT_MOST = 10;
const STATES_AT_ONCE = 1_000;
const NO_LIMIT = Number.POSITIVE_INFINITY;

export interface ImportStatesOptions {
  readonly yes: boolean;
  readonly json: boolean;
}

/** A state, with its line in the file. */
interface StateInFile {
  readonly line: number;
  readonly state: State;
}

interface LineProblem {
  readonly line: number;
  readonly problem: string;
}

type Counts = Record<Outcome, number>;

/**
 * Applies the notifications of a file, one per line, by the rule of the table. May be repeated, and run while
 * notifications arrive. Without `yes`, it only compares the file with the table.
 *
 * @returns the exit status: 1 if a line was not understood or could not be written
 * @throws CannotRunError if the file can't be read
 */
export const importStates = async (target: Target, file: string, { yes, json }: ImportStatesOptions): Promise<number> => {
  const { states, problems, superseded } = await statesIn(file, Date.now());
  const counts: Counts = { applied: 0, duplicate: 0, stale: 0 };
  const print = (line: Record<string, unknown>, text: string): void => {
    if (json) printJson(line);
    else if (shown++ < SHOWN_AT_MOST) console.log(text);
  };
  let shown = 0;
  let skipped = 0;
  const skip = ({ line, problem }: LineProblem): void => {
    skipped += 1;
    print({ line, problem }, `line ${line}: ${problem}`);
  };
  problems.forEach(skip);

  const settle = ({ line, state }: StateInFile, outcome: Outcome): void => {
    counts[outcome] += 1;
    const { pk, sk } = state.key;
    const words = `line ${line}: ${visible(`${pk} ${sk}`)}: ${yes ? outcome : PROSPECTS[outcome]}`;
    if (json || (!yes && outcome !== 'duplicate')) print({ line, pk, sk, outcome, dry_run: !yes }, words);
  };
  const failure = yes ? await write(target, states, settle, skip) : await compare(target, states, settle, skip);

  if (!json) {
    if (shown > SHOWN_AT_MOST) console.log(`… and ${shown - SHOWN_AT_MOST} more: --json lists all of them.`);
    const { applied, duplicate, stale } = counts;
    const verb = yes ? 'applied' : 'would be applied';
    console.log(`${applied} ${verb}, ${duplicate} already in the table, ${stale} older than the table.`);
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
};

const write = async (
  target: Target,
  states: readonly StateInFile[],
  settle: (one: StateInFile, outcome: Outcome) => void,
  skip: (problem: LineProblem) => void,
): Promise<unknown> => {
  const table = createStateTable({ client: new DynamoDBClient(target.client), tableName: target.tableName });
  const stopping = new AbortController();
  using _ = finishFirst('the current writes are done', () => stopping.abort(new CannotRunError('Interrupted.')));
  const { failure } = await moveEach(states, NO_LIMIT, async (one) => {
    stopping.signal.throwIfAborted();
    try {
      settle(one, await table(one.state));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      skip({ line: one.line, problem: error.message });
    }
  });
  return failure;
};

const compare = async (
  target: Target,
  states: readonly StateInFile[],
  settle: (one: StateInFile, outcome: Outcome) => void,
  skip: (problem: LineProblem) => void,
): Promise<undefined> => {
  const reader = stateReaderOf(target);
  for (const some of chunk(states, STATES_AT_ONCE)) {
    const items = await reader.many(some.map(({ state }) => state.key));
    for (const one of some) {
      const outcome = predictOutcome(one.state, items.get(identityOf(one.state)));
      if (typeof outcome === 'string') settle(one, outcome);
      else skip({ line: one.line, problem: outcome.contradiction });
    }
  }
  return undefined;
};

const ReceivedSchema = v.object({ received_at: v.optional(v.pipe(v.string(), v.transform(parseInstant))) });

/** The newest state in the file of each item. */
const statesIn = async (file: string, now: number) => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CannotRunError(`${file} can't be read: ${error.code}.`);
  });
  const newest = new Map<string, StateInFile>();
  const problems: LineProblem[] = [];
  let superseded = 0;
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (content.trim() === '') continue;
    const line = index + 1;
    const state = stateIn(content, now);
    if (typeof state === 'string') {
      problems.push({ line, problem: state });
      continue;
    }
    const other = newest.get(identityOf(state));
    if (other) superseded += 1;
    if (!other || compareStates(state, other.state) > 0) newest.set(identityOf(state), { line, state });
  }
  return { states: [...newest.values()], problems, superseded };
};

/** The state in a line, or why there is none. */
const stateIn = (line: string, now: number): State | string => {
  const reading = parseNotification(Buffer.from(line), now);
  if (reading.kind === 'not_understood') return reading.reason;
  const received = v.safeParse(ReceivedSchema, JSON.parse(line));
  if (!received.success) return 'wrong_field: received_at';
  const { received_at: receivedAt } = received.output;
  if (statedTime(reading.notification) !== undefined) return stateOf(reading.notification, now);
  if (receivedAt === undefined) return 'missing_field: received_at, the time when you received it';
  return receivedAt > now ? 'time_ahead: received_at' : stateOf(reading.notification, receivedAt);
};

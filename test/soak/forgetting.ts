import { setTimeout as wait } from 'node:timers/promises';
import { parseJson } from '../../functions/core/json.ts';
import { runCommand } from '../support/command-line.ts';
import { usersIn } from './forgotten-users.ts';
import { createRandom } from './plan.ts';
import type { SoakedStack } from './stack.ts';

/** How often `forget` ran in mid-traffic, by exit status. */
export interface Forgotten {
  runs: number;
  readonly statuses: Record<string, number>;
}

/** Runs `forget`. @returns the exit status, and whether nothing of the user's own is left */
const forget = async (stack: SoakedStack, user: string) => {
  const command = ['forget', user, '--human', user, '--yes', '--json', '--stack-file', stack.stackFile()];
  const { status, stdout } = await runCommand(command);
  const { left, hidden, unread, perhaps = [] } = Object(parseJson(stdout));
  // Others' dead letters that mention the user are left to a person.
  return { status, isDone: status === 0 || (left + hidden + unread === 0 && perhaps.length > 0) };
};

/** Forgets random users, one after the other, until `until` aborts. */
export const forgetNowAndThen = async (
  stack: SoakedStack,
  forgotten: Forgotten,
  { seed, users }: { readonly seed: number; readonly users: number },
  until: AbortSignal,
): Promise<void> => {
  const random = createRandom(seed + 3);
  const all = usersIn(users);
  while (!until.aborted && all.length > 0) {
    const { status } = await forget(stack, random.pick(all));
    forgotten.runs += 1;
    forgotten.statuses[status] = (forgotten.statuses[status] ?? 0) + 1;
    await wait(500, undefined, { signal: until }).catch(() => {});
  }
};

const ROUNDS = 5;

/** Forgets every user of the soak that is to be forgotten, once traffic has ended. @returns those for whom `forget` never succeeded */
export const forgetAll = async (stack: SoakedStack, users: number): Promise<string[]> => {
  let left = usersIn(users);
  for (let round = 1; round <= ROUNDS && left.length > 0; round += 1) {
    const failed: string[] = [];
    for (const user of left) if (!(await forget(stack, user)).isDone) failed.push(user);
    left = failed;
  }
  return left;
};

import { ownerOf, userPartition } from '../../functions/core/facets.ts';
import { holdKeyOf, isHold, standsUntil } from '../../functions/core/hold.ts';
import { formatInstant } from '../../functions/core/instant.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { count } from '../../functions/words/count.ts';
import { visible } from '../../functions/words/visible.ts';
import { borderless } from '../borderless.ts';
import { CALLED } from '../called.ts';
import { callerOf } from '../caller.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { spellingsOf } from '../person/person.ts';
import { printJson } from '../print-json.ts';
import { shellWord } from '../shell-word.ts';
import { stateReaderOf } from '../state-reader.ts';
import type { Target } from '../target.ts';
import { allHolds, changeHold, noteHold } from './holds.ts';

export interface HoldOptions {
  /** Epoch milliseconds. */
  readonly until?: number;
  readonly reason?: string;
  /** The `idos_human_id` of the same person. */
  readonly human?: string;
  /** Places a hold although the table has nothing of the user. */
  readonly evenIfUnknown: boolean;
  readonly json: boolean;
}

/**
 * Places a hold on a person's data, or extends one, until a time: `forget` refuses until then.
 *
 * @throws CannotRunError if the time has passed, a hold stands longer, the data is being erased, or there is none
 */
export const placeHold = async (target: Target, userId: string, options: HoldOptions): Promise<number> => {
  const { until, reason = '', human, evenIfUnknown, json } = options;
  const now = Date.now();
  if (until === undefined || reason.trim() === '') throw new CannotRunError('Specify --until and --reason.');
  if (until <= now) throw new CannotRunError(`${formatInstant(until)} has passed. A hold ends in the future.`);
  if (!evenIfUnknown) await requireKnown(target, userId);
  const held_by = await callerOf(target);
  const set = {
    hold_until: until,
    hold_reason: reason,
    held_by,
    held_at: now,
    ...(human !== undefined && { hold_human: human }),
  };
  const placed = await changeHold(target, holdKeyOf(userId), {
    set,
    only: {
      if: 'attribute_not_exists(#erasing) AND (attribute_not_exists(#hold_until) OR #hold_until <= :hold_until)',
      attributes: ['erasing'],
    },
  });
  if (!placed) throw new CannotRunError(await whyNot(target, userId));
  await noteHold(target, userId);
  if (json) printJson({ user_id: userId, until: formatInstant(until), reason, by: held_by });
  else console.log(`The data of user ${visible(userId)} can't be erased until ${formatInstant(until)}.`);
  return EXIT.done;
};

/** Ends a hold. @throws CannotRunError if none stands */
export const releaseHold = async (target: Target, userId: string, { json }: Pick<HoldOptions, 'json'>): Promise<number> => {
  const item = await stateReaderOf(target).one(holdKeyOf(userId));
  if (!item || standsUntil(item, Date.now()) === undefined)
    throw new CannotRunError(
      `No hold stands on the data of user ${visible(userId)}. List those that do: ${CALLED} hold --list${target.options}`,
    );
  const set = { hold_until: 0, held_by: await callerOf(target), held_at: Date.now() };
  await changeHold(target, holdKeyOf(userId), { set, only: { if: '#hold_until > :hold_until', attributes: [] } });
  await noteHold(target, userId);
  const refused = typeof item.erasure_refused_at === 'number';
  if (json) printJson({ user_id: userId, released: true, erasure_was_refused: refused });
  else {
    console.log(`The hold on the data of user ${visible(userId)} has ended.`);
    if (refused) {
      const human = typeof item.erasure_human === 'string' ? ` --human ${shellWord(item.erasure_human)}` : '';
      console.log(
        [
          'It refused an erasure, which is due now. To erase the data:',
          `  ${CALLED} forget ${shellWord(userId)}${human} --yes${target.options}`,
          'To withdraw the erasure:',
          `  ${CALLED} forget ${shellWord(userId)} --withdraw${target.options}`,
        ].join('\n'),
      );
    }
  }
  return EXIT.done;
};

/** Lists the holds, and the erasures that they refused. */
export const listHolds = async (target: Target, { json }: Pick<HoldOptions, 'json'>): Promise<number> => {
  const now = Date.now();
  const table = borderless(['USER', 'UNTIL', 'REASON', 'BY', 'ERASURE']);
  const holds = await allHolds(target);
  for (const item of holds) {
    const until = standsUntil(item, now);
    const user = ownerOf(String(item.pk))?.id ?? '';
    const erasure = erasureOf(item);
    const [reason, by] = [item.hold_reason, item.held_by].map((text) => (typeof text === 'string' ? text : null));
    if (json) printJson({ user_id: user, until: until === undefined ? null : formatInstant(until), reason, by, erasure });
    else
      table.push([
        visible(user),
        until === undefined ? 'ended' : formatInstant(until),
        visible(reason ?? '–'),
        visible(by ?? '–'),
        erasure ?? '–',
      ]);
  }
  if (!json) console.log(holds.length === 0 ? 'There are no holds.' : `${table.toString()}\n\n${count(holds.length, 'hold')}.`);
  return EXIT.done;
};

const erasureOf = ({ erasing, erasure_refused_at: refused }: StoredItem): string | null => {
  if (typeof erasing === 'number') return `begun ${formatInstant(erasing)}`;
  return typeof refused === 'number' ? `refused ${formatInstant(refused)}` : null;
};

const requireKnown = async (target: Target, userId: string): Promise<void> => {
  const table = stateReaderOf(target);
  const isKnown = async (id: string) => (await table.under(userPartition(id))).some((item) => !isHold(item));
  if (await isKnown(userId)) return;
  const others: string[] = [];
  for (const spelling of spellingsOf(userId)) if (await isKnown(spelling)) others.push(spelling);
  throw new CannotRunError(
    [
      `The table has nothing of user ${visible(userId)}. To place a hold all the same, add --even-if-unknown.`,
      ...others.map((id) => `Another spelling of the id has data: ${shellWord(id)}`),
    ].join('\n'),
  );
};

const whyNot = async (target: Target, userId: string): Promise<string> => {
  const item = (await stateReaderOf(target).one(holdKeyOf(userId))) ?? {};
  const of = `${shellWord(userId)}${target.options}`;
  if (typeof item.erasing === 'number')
    return `An erasure of the data of user ${visible(userId)} has begun ${formatInstant(item.erasing)}, and some may be gone. To keep what is left, withdraw it: ${CALLED} forget ${shellWord(userId)} --withdraw${target.options}`;
  return `A hold stands until ${formatInstant(Number(item.hold_until))}. To end it earlier: ${CALLED} hold --release ${of}`;
};

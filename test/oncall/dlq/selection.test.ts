import { describe, expect, test } from '@jest/globals';
import type { Diagnosis } from '../../../functions/core/diagnosis.ts';
import { type Selection, select, unseenBy } from '../../../oncall/dlq/selection.ts';
import { aDiagnosis } from '../../support/diagnoses.ts';
import { anEnvelope } from '../../support/envelopes.ts';
import { aVerification } from '../../support/notifications.ts';

const NOW = 1_000_000;
const letterOf = (body: string, messageId = 'm'): Diagnosis['deadLetter'] => ({ messageId, receiptHandle: 'r', body, sentAt: 0 });

const LETTERS: readonly Diagnosis[] = [
  aDiagnosis({ id: 'one', deadLetter: letterOf('x', 'sqs-1'), firstArrivedAt: NOW - 1_001 }),
  aDiagnosis({ id: 'two', deadLetter: letterOf('x', 'sqs-2'), type: 'email_changed', firstArrivedAt: NOW - 1_000 }),
  aDiagnosis({ id: 'three', cause: 'parked: not_json', prospect: 'not_understood', type: undefined, firstArrivedAt: NOW }),
  aDiagnosis({ id: 'four', deadLetter: letterOf(anEnvelope(aVerification({ user: 'jane' }))), firstArrivedAt: NOW }),
  aDiagnosis({ id: 'five', deadLetter: letterOf('{"level":"jane"}'), prospect: 'stale', firstArrivedAt: NOW }),
];

const idsOf = (selection: Selection): string[] => select(LETTERS, selection, NOW).map(({ id }) => id);

describe('messages are selected', () => {
  test.each<[Selection, string[]]>([
    [{ id: 'two' }, ['two']],
    [{ id: 'sqs-1' }, ['one']],
    [{ id: 'tw' }, []],
    [{ type: 'email_changed' }, ['two']],
    [{ type: 'email' }, []],
    [{ reason: 'not_json' }, ['three']],
    [{ reason: 'gave up' }, ['one', 'two', 'four', 'five']],
    [{ user: 'jane' }, ['four']],
    [{ olderThan: 1_000 }, ['one']],
    [{ olderThan: 999 }, ['one', 'two']],
    [{ wouldApply: true }, ['one', 'two', 'four']],
    [{ all: true }, ['one', 'two', 'three', 'four', 'five']],
    [{ all: true, limit: 2 }, ['one', 'two']],
    [{ wouldApply: true, type: 'email_changed' }, ['two']],
    [{ reason: 'gave up', olderThan: 0, limit: 1 }, ['one']],
    [{ all: true, id: 'three' }, ['three']],
  ])('by %j', (selection, ids) => {
    expect(idsOf(selection)).toEqual(ids);
  });

  test.each<Selection>([{}, { limit: 5 }, { wouldApply: false }, { all: false }])('and none are by %j', (selection) => {
    expect(() => idsOf(selection)).toThrow('Specify --id, --type, --reason, --user, --older-than, --would-apply, or --all.');
  });
});

describe('messages that could not be received might have been selected', () => {
  test.each<[Selection, number, number]>([
    [{ all: true }, 0, 7],
    [{ all: true }, 3, 7],
    [{ id: 'one' }, 0, 7],
    [{ all: true, limit: 3 }, 2, 7],
    [{ type: 'x' }, 1, 7],
    [{ id: 'one' }, 1, 0],
    [{ all: true, limit: 3 }, 3, 0],
  ])('with %j, and %i selected: %i', (selection, selected, unseen) => {
    expect(unseenBy(selection, selected, 7)).toBe(unseen);
  });
});

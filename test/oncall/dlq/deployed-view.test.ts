import { describe, expect, test } from '@jest/globals';
import type { Diagnosis } from '../../../functions/core/diagnosis.ts';
import { RELEASE } from '../../../functions/release.ts';
import { asDeployed, remarkOnRelease } from '../../../oncall/dlq/deployed-view.ts';
import { aDiagnosis } from '../../support/diagnoses.ts';

const OTHER = { name: '0.9.0+0123456789ab', types: ['verification_approved'] };

describe('a diagnosis, where another release is deployed', () => {
  test.each<[string, Partial<Diagnosis>, Partial<Diagnosis>]>([
    ['holds if apply gave up on a type that it knows', {}, { prospect: 'would_apply', problem: undefined }],
    [
      'is that it is not understood if the type is not known there',
      { type: 'verification_paused' },
      { prospect: 'not_understood', problem: 'the deployed release does not know verification_paused' },
    ],
    [
      'is doubtful if the message was parked',
      { cause: 'parked: wrong_field: data.level', prospect: 'stale' },
      { prospect: 'unknown', problem: 'the deployed release may not understand it' },
    ],
    ['stays if nobody understands the message', { prospect: 'not_understood', problem: 'not_json' }, { problem: 'not_json' }],
    ['stays if the table cannot be read', { cause: 'parked: x', prospect: 'unknown' }, { problem: undefined }],
    [
      'stays if nobody understands a message of a type that is not known there',
      { type: 'verification_paused', prospect: 'not_understood', problem: 'missing_field: data' },
      { problem: 'missing_field: data' },
    ],
    ['holds for a message without a type that was not parked', { type: undefined, prospect: 'stale' }, { prospect: 'stale' }],
  ])('%s', (_, given, expected) => {
    expect(asDeployed(aDiagnosis(given), OTHER)).toMatchObject(expected);
  });

  test('is doubtful if only the deployed release knows the type', () => {
    const newer = { name: OTHER.name, types: ['verification_revoked'] };
    const given = aDiagnosis({
      type: 'verification_revoked',
      prospect: 'not_understood',
      problem: 'unknown_type: verification_revoked',
    });
    expect(asDeployed(given, newer)).toMatchObject({
      prospect: 'unknown',
      problem: 'the deployed release knows verification_revoked, and this command line does not',
    });
  });

  test('is doubtful for parked messages if the stack does not tell its release', () => {
    expect(asDeployed(aDiagnosis({ cause: 'parked: x' }), undefined)).toMatchObject({ prospect: 'unknown' });
    expect(asDeployed(aDiagnosis({ type: 'verification_paused' }), undefined)).toMatchObject({ prospect: 'would_apply' });
  });

  test('holds for the same release, without a remark', () => {
    const same = { name: RELEASE, types: [] };
    const parked = aDiagnosis({ cause: 'parked: x', type: 'verification_paused' });
    expect(asDeployed(parked, same)).toBe(parked);
    expect(remarkOnRelease(same)).toEqual([]);
    const remark = `, and this command line is ${RELEASE}: messages that perhaps only this one understands are not redriven. To be sure, use the command line of the deployed release.`;
    expect(remarkOnRelease(OTHER)).toEqual([`The stack runs release ${OTHER.name}${remark}`]);
    expect(remarkOnRelease(undefined)).toEqual([`The stack does not tell its release${remark}`]);
  });
});

import type { Diagnosis } from '../../functions/core/diagnosis.ts';
import { isKnownType } from '../../functions/core/notification.ts';
import { RELEASE } from '../../functions/release.ts';
import type { DeployedRelease } from '../target.ts';

/** That this command line judges messages by other rules than the stack applies, if so. */
export const remarkOnRelease = (deployed: DeployedRelease | undefined): string[] => {
  if (deployed?.name === RELEASE) return [];
  const theirs = deployed ? `runs release ${deployed.name}` : 'does not tell its release';
  return [
    `The stack ${theirs}, and this command line is ${RELEASE}: messages that perhaps only this one understands are not redriven. To be sure, use the command line of the deployed release.`,
  ];
};

/**
 * A diagnosis as far as it holds for the release that is deployed: a message that it does not understand would fail there,
 * whatever this command line makes of it. What an earlier release parked, only an equal release surely understands.
 */
export const asDeployed = (one: Diagnosis, deployed: DeployedRelease | undefined): Diagnosis => {
  if (deployed?.name === RELEASE || one.prospect === 'unknown') return one;
  if (one.prospect === 'not_understood') {
    if (one.type === undefined || isKnownType(one.type) || !deployed?.types.includes(one.type)) return one;
    return { ...one, prospect: 'unknown', problem: `the deployed release knows ${one.type}, and this command line does not` };
  }
  if (deployed && one.type !== undefined && !deployed.types.includes(one.type)) {
    return { ...one, prospect: 'not_understood', problem: `the deployed release does not know ${one.type}` };
  }
  return one.cause.startsWith('parked')
    ? { ...one, prospect: 'unknown', problem: 'the deployed release may not understand it' }
    : one;
};

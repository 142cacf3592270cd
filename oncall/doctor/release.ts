import { RELEASE } from '../../functions/release.ts';
import type { Target } from '../target.ts';
import { type Finding, ok, unknown } from './finding.ts';

/** The release that is deployed, and that of this command line. */
export const showRelease = ({ release }: Target): Finding => {
  if (release?.name === RELEASE) return ok('release', `${RELEASE}, the same as this command line`);
  const deployed = release ? `${release.name} is deployed` : 'the deployed one is not known';
  return unknown(
    'release',
    `${deployed}; this command line is ${RELEASE}, and may judge messages differently`,
    'To redrive, check out the deployed release, or deploy this one if it is newer.',
  );
};

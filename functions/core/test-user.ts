import { humanPartition, userPartition } from './facets.ts';

/** The test user of the release check. Fractal's user ids are UUIDs, so it can't be a real one. */
export const CHECK_USER = 'fractal-webhooks-check';

/** The level of the test user's notifications. */
export const CHECK_LEVEL = 'release';

export const CHECK_PARTITION = userPartition(CHECK_USER);

/** The prefix of the ids of the test users, and of their idos_human_ids, of `doctor` and the acceptance run. */
export const DOCTOR_PREFIX = 'doctor-';

/** Whether a partition of the table belongs to a test user. */
export const isTestUser = (pk: string): boolean =>
  pk === CHECK_PARTITION || pk.startsWith(userPartition(DOCTOR_PREFIX)) || pk.startsWith(humanPartition(DOCTOR_PREFIX));

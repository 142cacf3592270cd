/** The person that the release check makes up. Fractal's user ids are UUIDs, so it is nobody. */
export const CHECK_USER = 'fractal-webhooks-check';

/** The level that is said of it. */
export const CHECK_LEVEL = 'release';

export const CHECK_PARTITION = `USER#${CHECK_USER}`;

/** What the ids of the people begin with that `doctor` makes up. */
export const DOCTOR_PREFIX = 'doctor-';

/** Whether a partition of the table is about a person who was made up to try something out. */
export const isMadeUp = (pk: string): boolean => pk === CHECK_PARTITION || pk.startsWith(`USER#${DOCTOR_PREFIX}`);

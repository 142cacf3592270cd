/** The person that the release check makes up. Fractal's user ids are UUIDs, so it is nobody. */
export const CHECK_USER = 'fractal-webhooks-check';

/** The level that is said of it. */
export const CHECK_LEVEL = 'release';

export const CHECK_PARTITION = `USER#${CHECK_USER}`;

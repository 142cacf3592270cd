/**
 * How the user agent of the product's own requests begins. Anybody can send it, so it counts only with a valid signature.
 */
export const OWN_USER_AGENT = 'fractal-webhooks/';

/** The request id of the release check. API Gateway sets that of every request, so no caller can choose this one. */
export const CHECK_REQUEST_ID = 'release-check';

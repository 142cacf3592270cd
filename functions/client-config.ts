/**
 * What every client of AWS is given. Times are in milliseconds: the SDK has no limits of its own, and `requestTimeout` alone only
 * warns. Three attempts take less than the five to six seconds that a function has before it must answer.
 *
 * A cached middleware stack saves a twentieth of a call's garbage and CPU, where the call is sent without options of its own.
 */
export const CLIENT_CONFIG = {
  maxAttempts: 3,
  cacheMiddleware: true,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 1_500,
    socketTimeout: 1_500,
    throwOnRequestTimeout: true,
  },
} as const;

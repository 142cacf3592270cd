/**
 * The limits of every call to AWS, in milliseconds. The SDK has none of its own, and `requestTimeout` alone only warns.
 * Three attempts take less than the five to six seconds that a function has before it must answer.
 */
export const CALL_LIMITS = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 1_500,
    socketTimeout: 1_500,
    throwOnRequestTimeout: true,
  },
} as const;

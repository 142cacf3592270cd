/**
 * API Gateway's throttle of a route: a bucket of `burst` tokens, refilled with `rate` tokens per second. All callers share it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 *
 * @returns a function that takes a token; `false` if there is none, and the request is throttled
 */
export const createThrottle = (rate: number, burst: number, now: () => number = Date.now): (() => boolean) => {
  let tokens = burst;
  let counted = now();
  return () => {
    tokens = Math.min(burst, tokens + ((now() - counted) / 1_000) * rate);
    counted = now();
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
};

/**
 * API Gateway's throttle of a route: a bucket of `burst` tokens, into which `rate` a second flow back. One is for all callers together.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 *
 * @returns whether a request that comes now is let in
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

import { visible } from '../functions/words/visible.ts';
import { CannotRunError } from './failure.ts';
import { networkProblem } from './network.ts';

/** The error for a URL that can't be reached. */
export const unreachable = (url: string, error: unknown): CannotRunError => {
  const problem = networkProblem(error);
  const { cause, message } = error as { cause?: { message?: string }; message?: string };
  const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
  const byProxy = proxy ? ' HTTPS_PROXY is set, but this request does not use it.' : '';
  return new CannotRunError(
    problem
      ? `${url} can't be reached: ${problem.what}. ${problem.remedy}${byProxy}`
      : `${url} can't be reached: ${visible(cause?.message ?? message ?? String(error))}.${byProxy}`,
  );
};

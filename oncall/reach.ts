import { visible } from '../functions/core/visible.ts';
import { CannotRunError } from './failure.ts';
import { networkProblem } from './network.ts';

/** What to say of a URL that could not be asked. */
export const unreachable = (url: string, error: unknown): CannotRunError => {
  const problem = networkProblem(error);
  const { cause, message } = error as { cause?: { message?: string }; message?: string };
  const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
  const byProxy = proxy ? ` HTTPS_PROXY is set, and is not used for this.` : '';
  return new CannotRunError(
    problem
      ? `${url} can't be reached: ${problem.what}. ${problem.remedy}${byProxy}`
      : `${url} can't be reached: ${visible(cause?.message ?? message ?? String(error))}.${byProxy}`,
  );
};

import { Problem } from '../log.ts';

/** Resolves with the service's answer. @throws Problem that names the AWS service, if the signal aborts first */
export const inTime = <T>(service: string, answer: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new Problem(`out of time waiting for ${service}`));
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp);
  return Promise.race([answer, timeUp]);
};

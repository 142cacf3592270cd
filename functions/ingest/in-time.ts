import { Problem } from '../log.ts';

/** What this service of AWS answers. @throws Problem that names the service, if the signal aborts before it has answered */
export const inTime = <T>(service: string, answer: Promise<T>, signal: AbortSignal): Promise<T> => {
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new Problem(`out of time waiting for ${service}`));
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp);
  return Promise.race([answer, timeUp]);
};

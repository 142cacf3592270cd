import { AsyncLocalStorage } from 'node:async_hooks';
import { type AwsResponse, awsError, type Service } from '../../aws/request.ts';

/**
 * Answers 500 when a service throws an uncaught exception, as dynalite does in a callback when its disk is full. Otherwise it
 * would end the process, as uncaught exceptions from other code still do.
 */
export const answerWhatIsThrown = (serve: Service): { readonly serve: Service; stop(): void } => {
  const underWay = new AsyncLocalStorage<(answer: AwsResponse) => void>();
  const onThrown = (error: Error): void => {
    const answer = underWay.getStore();
    if (!answer) throw error;
    answer(awsError(500, 'InternalServerError', error.message));
  };
  process.on('uncaughtException', onThrown);
  return {
    serve: (request) => new Promise((resolve, reject) => underWay.run(resolve, () => void serve(request).then(resolve, reject))),
    stop: () => process.off('uncaughtException', onThrown),
  };
};

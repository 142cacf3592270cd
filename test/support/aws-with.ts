import type { AwsRequest, Service } from '../../emulator/aws/request.ts';
import { startEndpoint } from '../../emulator/endpoint/endpoint.ts';
import type { Target } from '../../oncall/target.ts';
import { aTarget } from './a-target.ts';

/** A deployed stack that has nothing but these services, in this process. */
export const startAwsWith = async (services: Readonly<Record<string, Service>>, parts: Partial<Target> = {}) => {
  const endpoint = await startEndpoint();
  const restore = (): void => {
    for (const [name, service] of Object.entries(services)) endpoint.services.set(name, service);
  };
  restore();
  return {
    url: endpoint.url,
    target: aTarget(endpoint.url, parts),
    /** Answers the calls of one action until `restore`. `nth` counts them from 1. */
    around: (
      service: string,
      action: string | RegExp,
      answer: (serve: () => ReturnType<Service>, nth: number, request: AwsRequest) => ReturnType<Service>,
    ): void => {
      const serve = endpoint.services.get(service) as Service;
      let nth = 0;
      endpoint.services.set(service, (request) => {
        if (typeof action === 'string' ? request.action !== action : !action.test(request.action)) return serve(request);
        nth += 1;
        return answer(() => serve(request), nth, request);
      });
    },
    restore,
    stop: () => endpoint.stop(),
  };
};

import type { Service } from '../endpoint/request.ts';

/** Something that plays one AWS service on this machine. */
export interface Engine {
  readonly serve: Service;
  stop(): Promise<void>;
}

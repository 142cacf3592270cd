import type { Service } from '../aws/request.ts';

/** A local emulator of one AWS service. */
export interface Engine {
  readonly serve: Service;
  stop(): Promise<void>;
}

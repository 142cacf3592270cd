import type { Service } from '../endpoint/request.ts';

/** A local emulator of one AWS service. */
export interface Engine {
  readonly serve: Service;
  stop(): Promise<void>;
}

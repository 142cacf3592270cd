import type { Service } from './request.ts';

/** A local emulator of one AWS service. */
export interface Engine {
  readonly serve: Service;
  stop(): Promise<void>;
}

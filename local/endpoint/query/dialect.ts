import type { Form } from './form.ts';

/** How one service's query protocol and its JSON protocol say the same. */
export interface Dialect {
  /** The service's name in `X-Amz-Target`. */
  readonly target: string;
  /** The input of an action, as its JSON protocol has it. */
  read(form: Form): unknown;
  /** The elements of an action's result. */
  write(action: string, output: object): string;
}

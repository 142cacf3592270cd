import type { Form } from './form.ts';

/** Translates between a service's query protocol and its JSON protocol. */
export interface Dialect {
  /** The service's prefix in `X-Amz-Target`. */
  readonly target: string;
  /** The input of an action in the JSON protocol. */
  read(form: Form): unknown;
  /** The XML elements of an action's result. */
  write(action: string, output: object): string;
}

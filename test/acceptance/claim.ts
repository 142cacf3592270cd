import type { Subject } from './subject.ts';

/** A statement about a running stack, and how it is shown. */
export interface Claim {
  readonly says: string;
  /** The page or file that the statement rests on. */
  readonly source: string;
  /** @returns what was seen @throws NotHere if this target can't show it; any other error if it is not so */
  show(subject: Subject): Promise<string>;
}

export interface Verdict extends Pick<Claim, 'says' | 'source'> {
  readonly result: 'ok' | 'failed' | 'not checked here';
  readonly seen: string;
}

/** Why a target can't show a claim. */
export class NotHere extends Error {}

// What emulators answer to calls that they don't support.
const UNSUPPORTED =
  /^(UnknownOperation|UnknownService|InvalidAction|NotImplemented|UnsupportedOperation|MethodNotAllowed|ResourceNotFoundForAction)/;

export const verdictOn = async ({ says, source, show }: Claim, subject: Subject): Promise<Verdict> => {
  try {
    return { says, source, result: 'ok', seen: await show(subject) };
  } catch (error) {
    const { name, message } = error as Error;
    const [firstLine = ''] = message.split('\n');
    if (error instanceof NotHere) return { says, source, result: 'not checked here', seen: message };
    if (UNSUPPORTED.test(name))
      return { says, source, result: 'not checked here', seen: `the target does not support it: ${name}` };
    if (/AccessDenied|UnauthorizedOperation/.test(name))
      return { says, source, result: 'not checked here', seen: `your permissions do not allow it: ${firstLine}` };
    return { says, source, result: 'failed', seen: firstLine };
  }
};

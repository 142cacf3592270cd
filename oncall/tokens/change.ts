import type { Tokens } from '../../functions/ingest/tokens.ts';
import { count } from '../../functions/words/count.ts';
import { isConfirmed } from '../confirm.ts';
import { CannotRunError, EXIT } from '../failure.ts';
import { printJson } from '../print-json.ts';
import { entryOf } from './entry.ts';
import type { Current, TokensSecret } from './secret.ts';

/** A change to the secret. */
export interface Change {
  readonly type: string;
  readonly tokens: Tokens;
  /** What will be replaced or refused; `undefined` if nothing that works stops working. */
  readonly warning: string | undefined;
  /** What to do afterwards. */
  readonly next?: string;
}

export interface ChangeOptions {
  /** Writes without asking. */
  readonly yes: boolean;
  readonly json: boolean;
}

/** Asks if necessary, writes the change, verifies it, and reports. @returns the exit status */
export const applyChange = async (
  secret: TokensSecret,
  base: Current,
  { type, tokens, warning, next }: Change,
  { yes, json }: ChangeOptions,
): Promise<number> => {
  if (warning !== undefined && !yes && !(await isConfirmed(warning, 'yes'))) {
    throw new CannotRunError(`Nothing was written. ${warning} Add --yes to confirm.`);
  }
  const written = await secret.write(tokens, base);
  if (written.kind === 'overtaken') {
    console.error(`error: ${written.says}`);
    return EXIT.problem;
  }
  const { length } = tokens.get(entryOf(type)) ?? [];
  if (json) printJson({ type, tokens: length, changed: true, version_id: written.versionId });
  else {
    console.log(
      [
        `Written and read back: the secret has ${count(length, 'token')} for ${type}. The previous version of the secret is kept as AWSPREVIOUS.`,
        ...(next === undefined ? [] : [next]),
      ].join('\n'),
    );
  }
  return EXIT.done;
};

/** Reports that there is nothing to change. @returns the exit status */
export const unchanged = (type: string, tokens: Tokens, says: string, { json }: Pick<ChangeOptions, 'json'>): number => {
  const { length } = tokens.get(entryOf(type)) ?? [];
  if (json) printJson({ type, tokens: length, changed: false, version_id: null });
  else console.log(says);
  return EXIT.done;
};

/** The tokens, for a change that keeps some of them. @throws CannotRunError if the value can't be read */
export const tokensToChange = ({ tokens, problem }: Current, setAll: string): Tokens => {
  if (tokens) return tokens;
  throw new CannotRunError(`The value of the secret can't be read, so it can't be changed: ${problem}. Replace it: ${setAll}`);
};

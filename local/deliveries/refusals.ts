import * as v from 'valibot';
import type { Exchange } from '../../emulator/index.ts';
import { CAUSES, ENTRIES } from '../../functions/core/refusal.ts';
import { refusalInWords } from '../../functions/words/refusal-words.ts';
import { parseObject } from './subject.ts';

const LineSchema = v.object({
  message: v.literal('refused'),
  apiRequestId: v.string(),
  cause: v.picklist(CAUSES),
  entry: v.picklist(ENTRIES),
  type: v.picklist(ENTRIES),
});

// The log line of a refusal may be read before its answer or after it, and not at all without the permission to write logs.
const WAITS_AT_MOST_MS = 1_000;
const REMEMBERED = 1_000;

/** Passes on each exchange; one that was refused because of its signature, with the cause from its log line. */
export const createRefusals = (onExchange: (exchange: Exchange, cause?: string) => void) => {
  const causes = new Map<string, string>();
  const waiting = new Map<string, (cause?: string) => void>();

  return {
    exchange: (exchange: Exchange): void => {
      const requestId = String(exchange.context.requestId);
      const known = causes.get(requestId);
      causes.delete(requestId);
      if (known !== undefined || parseObject(exchange.answer).error !== 'signature_mismatch') {
        onExchange(exchange, known);
        return;
      }
      const settle = (cause?: string) => {
        clearTimeout(timer);
        waiting.delete(requestId);
        onExchange(exchange, cause);
      };
      const timer = setTimeout(settle, WAITS_AT_MOST_MS);
      waiting.set(requestId, settle);
    },
    line: (line: string): void => {
      const parsed = v.safeParse(LineSchema, parseObject(line));
      if (!parsed.success) return;
      const { apiRequestId, ...why } = parsed.output;
      const cause = refusalInWords(why);
      const settle = waiting.get(apiRequestId);
      if (settle) settle(cause);
      else causes.set(apiRequestId, cause);
      const [oldest] = causes.keys();
      if (causes.size > REMEMBERED && oldest !== undefined) causes.delete(oldest);
    },
  };
};

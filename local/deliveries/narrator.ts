import { styleText } from 'node:util';
import type { Alarm, AlarmState, DeliveredEvent, Exchange } from '../../emulator/index.ts';
import { OUTCOMES } from '../../functions/core/state.ts';
import { visible } from '../../functions/words/visible.ts';
import { parseObject, subjectOf } from './subject.ts';

// The deliveries whose subjects are remembered for later log lines.
const REMEMBERED = 10_000;

type Style = Parameters<typeof styleText>[0];

const STYLES: Record<string, Style> = {
  accepted: 'cyan',
  applied: 'green',
  duplicate: 'dim',
  stale: 'dim',
  contested: 'yellow',
  unchanged: 'dim',
  parked: 'yellow',
  failed: 'red',
  refused: 'red',
  event: 'magenta',
  alarm: 'red',
  'all clear': 'green',
};

/**
 * Prints and counts deliveries and their outcomes, one line each. Log lines have ids only; the subjects come from the
 * deliveries.
 */
export const createNarrator = (print: (line: string) => void) => {
  const outcomes = new Map<string, number>();
  const subjects = new Map<string, string>();

  const tell = (what: string, text: string): void => {
    outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
    const time = new Date().toISOString().slice(11, 23);
    print(`${styleText('dim', time)}  ${styleText(STYLES[what] ?? 'reset', what.padEnd(9))}  ${visible(text)}`);
  };

  const remember = (id: string, subject: string): void => {
    subjects.set(id, subject);
    const [oldest] = subjects.keys();
    if (subjects.size > REMEMBERED && oldest !== undefined) subjects.delete(oldest);
  };

  return {
    /** How often each outcome was printed. */
    outcomes: () => Object.fromEntries(outcomes),
    /** Prints an alarm that changed its state. */
    alarm: ({ name, description }: Alarm, state: AlarmState): void =>
      tell(
        state === 'ALARM' ? 'alarm' : 'all clear',
        [name, state === 'ALARM' && withoutConsoleLink(description)].filter(Boolean).join('  '),
      ),
    /** Prints an event with its subject. */
    event: ({ 'detail-type': type, source, detail }: DeliveredEvent): void => {
      const { previous } = Object(detail);
      const before = previous?.status && `was ${previous.status}`;
      const check = source.endsWith('.check') && source;
      tell('event', `     ${[subjectOf({ type, data: detail }), before, check].filter(Boolean).join('  ')}`);
    },
    /** Prints a delivery with its answer. @param cause why its signature was refused */
    exchange: ({ body, status, answer }: Exchange, cause?: string): void => {
      const { status: kind = status < 500 ? 'refused' : 'failed', id, reason, error, message } = parseObject(answer);
      const subject = subjectOf(parseObject(body.toString()));
      if (id) remember(id, subject);
      tell(kind, [status, id, reason ?? error ?? message, cause, id && subject].filter(Boolean).join('  '));
    },
    /** Prints a line that a function of the receiver logged. */
    line: (line: string): void => {
      const { message, level, problem, failed, unpublished, ...groups } = parseObject(line);
      if (message === 'batch') {
        for (const outcome of OUTCOMES) {
          for (const id of groups[outcome]?.ids ?? []) tell(outcome, `     ${id}  ${subjects.get(id) ?? ''}`.trimEnd());
        }
        for (const { id, messageId, problem } of failed?.messages ?? []) tell('failed', `     ${id ?? messageId}  ${problem}`);
      } else if (message === 'changes') {
        for (const { id, kind, problem } of unpublished?.changes ?? [])
          tell('failed', `     ${id}  not published, ${kind}: ${problem}`);
      } else if (level === 'ERROR') tell('failed', `${message}: ${problem}`);
      else if (message === undefined) print(line);
    },
  };
};

/** The description of an alarm without the link to the AWS console, which does not show the local stack. */
const withoutConsoleLink = (description: string): string => description.replace(/ Dashboard: \S+/, '');

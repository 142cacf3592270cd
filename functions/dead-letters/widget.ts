import * as v from 'valibot';
import type { State, StoredItem } from '../core/state.ts';
import { log } from '../log.ts';
import { createButtonTokens } from './button-token.ts';
import { type Html, html } from './html.ts';
import { letter } from './letter.ts';
import { type Look, REDRIVEN } from './look.ts';
import { overview } from './overview.ts';

export interface WidgetDependencies extends Look {
  item(key: State['key']): Promise<StoredItem | undefined>;
  /** Whether there are buttons that redrive. */
  readonly actions: boolean;
  /** The URL or path of the runbook. */
  readonly runbook: string;
  describe(error: unknown): string;
  /** Epoch milliseconds. */
  now(): number;
}

const OfOneRow = { cause: v.exactOptional(v.string()), type: v.exactOptional(v.string()) };

const EventSchema = v.union([
  v.object({ describe: v.literal(true) }),
  v.object({ action: v.literal('show'), id: v.string() }),
  v.object({ action: v.literal('redrive'), prospect: v.picklist(REDRIVEN), token: v.optional(v.string(), ''), ...OfOneRow }),
  v.object({ action: v.optional(v.never()) }),
]);

const DESCRIPTION = `## Dead letters

Shows the messages of the dead-letter queue: their causes, when they expire, and what redriving them would do now. It takes no parameters.`;

/**
 * The handler of the custom widget. CloudWatch calls it with the permissions of the person who views the dashboard.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
 */
export const createWidget = ({ look, redrive, item, actions, runbook, describe, now }: WidgetDependencies) => {
  const { sign, isSigned } = createButtonTokens(now);
  return async (event: unknown, { invokedFunctionArn: endpoint }: { readonly invokedFunctionArn: string }): Promise<string> => {
    const options = { endpoint, actions, runbook, now: now(), sign };
    const answer = async (): Promise<Html> => {
      const parsed = v.safeParse(EventSchema, event);
      if (!parsed.success) return html`<p>Unknown action.</p>`;
      const request = parsed.output;
      if ('describe' in request) return { markup: DESCRIPTION };
      if (request.action === 'show') {
        const { deadLetters } = await look();
        const one = deadLetters.find(({ deadLetter }) => deadLetter.messageId === request.id);
        if (!one) return html`<p>The message is not visible: it was redriven or dropped, or another reader has received it.</p>`;
        return letter(one, one.state && (await item(one.state.key)), now());
      }
      if (request.action === 'redrive') {
        if (!actions) return html`<p>Redriving from the dashboard is disabled: redriveFromDashboard is false.</p>`;
        if (!isSigned(request)) return overview(await look(), options, 'refused');
        const { prospect, cause, type } = request;
        const { seen, redriven } = await redrive(
          (one) => one.prospect === prospect && (cause ?? one.cause) === one.cause && (type ?? one.type) === one.type,
        );
        log('INFO', 'redriven', { prospect, sent: redriven.sent, of: redriven.of });
        return overview(seen, options, redriven);
      }
      return overview(await look(), options);
    };
    const { markup } = await answer().catch((error) => html`<p><b>The dead letters cannot be shown:</b> ${describe(error)}</p>`);
    return markup;
  };
};

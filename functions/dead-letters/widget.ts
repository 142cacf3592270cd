import * as v from 'valibot';
import type { Prospect } from '../core/diagnosis.ts';
import type { State, StoredItem } from '../core/state.ts';
import { log } from '../log.ts';
import { type Html, html } from './html.ts';
import type { Look } from './look.ts';
import { message } from './message.ts';
import { overview } from './overview.ts';

export interface WidgetDependencies extends Look {
  /** The items under these keys, by `identityOf`. */
  item(key: State['key']): Promise<StoredItem | undefined>;
  /** Whether there are buttons that redrive. */
  readonly actions: boolean;
  describe(error: unknown): string;
  /** Epoch milliseconds. */
  now(): number;
}

const PROSPECTS = ['would_apply', 'duplicate', 'stale'] as const satisfies readonly Prospect[];

const EventSchema = v.union([
  v.object({ describe: v.literal(true) }),
  v.object({ action: v.literal('show'), id: v.string() }),
  v.object({ action: v.literal('redrive'), prospect: v.picklist(PROSPECTS), cause: v.optional(v.string()) }),
  v.object({ action: v.optional(v.never()) }),
]);

const DESCRIPTION = `## Dead letters

Shows what is on the dead-letter queue, why, until when, and what redriving it would do now. It takes no parameters.`;

/**
 * Answers CloudWatch, which calls with the permissions of whoever views the dashboard, and shows the markup that is returned.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
 */
export const createWidget =
  ({ look, redrive, item, actions, describe, now }: WidgetDependencies) =>
  async (event: unknown, { invokedFunctionArn: endpoint }: { readonly invokedFunctionArn: string }): Promise<string> => {
    const options = { endpoint, actions, now: now() };
    const answer = async (): Promise<Html> => {
      const parsed = v.safeParse(EventSchema, event);
      if (!parsed.success) return html`<p>This widget does not know that action.</p>`;
      const request = parsed.output;
      if ('describe' in request) return { markup: DESCRIPTION };
      if (request.action === 'show') {
        const { deadLetters } = await look();
        const one = deadLetters.find(({ deadLetter }) => deadLetter.messageId === request.id);
        if (!one)
          return html`<p>This message can not be seen now: it was redriven or dropped, or somebody else is looking at it.</p>`;
        return message(one, one.state && (await item(one.state.key)), now());
      }
      if (request.action === 'redrive') {
        if (!actions) return html`<p>Redriving from the dashboard is switched off: redriveFromDashboard is false.</p>`;
        const { prospect, cause } = request;
        const { seen, redriven } = await redrive((one) => one.prospect === prospect && (cause ?? one.cause) === one.cause);
        log('INFO', 'redriven', { prospect, sent: redriven.sent, of: redriven.of });
        return overview(seen, options, redriven);
      }
      return overview(await look(), options);
    };
    const { markup } = await answer().catch((error) => html`<p><b>This can not be shown:</b> ${describe(error)}</p>`);
    return markup;
  };

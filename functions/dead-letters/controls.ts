import type { Parameters } from './button-token.ts';
import { type Html, html } from './html.ts';

/** Calls this function again when clicked. */
export interface Button {
  readonly label: string;
  readonly parameters: Parameters;
  /** The ARN of the function. */
  readonly endpoint: string;
  /** The question to confirm first. */
  readonly confirmation?: string;
  readonly primary?: boolean;
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
const action = ({ endpoint, confirmation, parameters }: Button, display: 'widget' | 'popup'): Html =>
  html`<cwdb-action action="call" display="${display}" endpoint="${endpoint}"${confirmation !== undefined && html` confirmation="${confirmation}"`}>${JSON.stringify(parameters)}</cwdb-action>`;

/** A button. The response replaces the widget. */
export const button = (one: Button): Html =>
  html`<a class="btn${one.primary === true && html` btn-primary`}">${one.label}</a>${action(one, 'widget')}`;

/** A link. The response opens in a popup. */
export const link = (one: Button): Html => html`<a>${one.label}</a>${action(one, 'popup')}`;

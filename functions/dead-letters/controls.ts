import { type Html, html } from './html.ts';

/** What calls this function again, when it is clicked. */
export interface Button {
  readonly label: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The ARN of the function. */
  readonly endpoint: string;
  /** What is asked first. */
  readonly confirmation?: string;
  readonly primary?: boolean;
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
const action = ({ endpoint, confirmation, parameters }: Button, display: 'widget' | 'popup'): Html =>
  html`<cwdb-action action="call" display="${display}" endpoint="${endpoint}"${confirmation !== undefined && html` confirmation="${confirmation}"`}>${JSON.stringify(parameters)}</cwdb-action>`;

/** A button, whose answer takes the place of the widget. */
export const button = (one: Button): Html =>
  html`<a class="btn${one.primary === true && html` btn-primary`}">${one.label}</a>${action(one, 'widget')}`;

/** A link, whose answer is shown on top. */
export const link = (one: Button): Html => html`<a>${one.label}</a>${action(one, 'popup')}`;

/** A number of things: `1 message`, `2 messages`. */
export const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

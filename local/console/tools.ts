import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import { ALL_OTHER_TYPES } from '../../functions/core/notification.ts';
import { parseNotification } from '../../functions/core/parse-notification.ts';
import { signatureFor } from '../../functions/ingest/tokens.ts';
import type { StackFile } from '../disk/stack-file.ts';
import { answer, answerJson, readJson, type Serve } from './requests.ts';

/** Tools to try the stack: sends notifications, breaks parts of it, and invokes the widget. */
export const createTools = (
  client: LambdaClientConfig & { readonly endpoint: string },
  { webhookUrl, tokens }: Pick<StackFile, 'webhookUrl' | 'tokens'>,
) => {
  let applicable: number | undefined;

  const send: Serve = async (message, response) => {
    const { body, signature } = await readJson(message);
    const bytes = Buffer.from(body);
    const valid = signatureFor(new Map(Object.entries(tokens)), bytes, typeOf(bytes));
    const signed = signature === 'valid' ? (valid ?? 'none') : `sha1=${'0'.repeat(40)}`;
    const headers = { 'content-type': 'application/json', ...(signature !== 'none' && { 'x-fractal-signature': signed }) };
    const answered = await fetch(webhookUrl, { method: 'POST', headers, body });
    answerJson(response, { status: answered.status, body: await answered.text() });
  };

  /** Invokes a custom widget as CloudWatch does, one call at a time: concurrent reads of a queue hide its messages from each other. */
  let turn: Promise<unknown> = Promise.resolve();
  const widget: Serve = async (message, response) => {
    const { endpoint: FunctionName, parameters = {} } = await readJson(message);
    const widgetContext = { dashboardName: 'local', theme: 'light', params: parameters };
    const Payload = JSON.stringify({ ...parameters, widgetContext });
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    const invoked = turn.then(() => new LambdaClient(client).send(new InvokeCommand({ FunctionName, Payload })));
    turn = invoked.catch(() => {});
    const { Payload: answered } = await invoked;
    const markup = JSON.parse(answered?.transformToString() ?? 'null');
    const [, number] = /Redrive the (\d+) that would apply/.exec(String(markup)) ?? [];
    if (parameters.action !== 'show') applicable = number === undefined ? undefined : Number(number);
    answerJson(response, markup);
  };

  const faults: Serve = async (message, response) => {
    const change = { method: 'PUT', body: JSON.stringify(await readJson(message)) };
    const answered = await fetch(`${client.endpoint}/_local/faults`, change);
    answer(response, answered.status, 'application/json', await answered.text());
  };

  return {
    /** How many dead letters redriving would apply, as the widget said when it was read last. */
    applicable: () => applicable,
    routes: { 'PUT /faults': faults, 'POST /send': send, 'POST /widget': widget },
  };
};

const typeOf = (bytes: Uint8Array): string => parseNotification(bytes, Date.now()).type ?? ALL_OTHER_TYPES;

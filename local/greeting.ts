import { styleText } from 'node:util';
import { sign } from '../functions/ingest/signature.ts';
import { entryFor, type Tokens } from '../functions/ingest/tokens.ts';
import type { StackFile } from './disk/stack-file.ts';

/** Token and body of the example in Fractal's documentation. */
export const EXAMPLE = {
  token: '9d7e80c0f169ab94d34392d64617b7517fb07c40',
  body: '{"type":"verification_approved","data":{"level":"basic","user_id":"b5c5a2cd-643e-444b-9591-e7b25fec997d","timestamp":"2020-10-09T10:50:32Z"}}',
};

/**
 * The text that a stack prints after its start.
 *
 * @param engine the DynamoDB emulator, and its data folder
 * @param oncall how to call the command line
 */
export const greeting = (
  { consoleUrl, webhookUrl, awsEndpointUrl }: StackFile,
  tokens: Tokens,
  engine: string,
  oncall: string,
): string => {
  const [token = EXAMPLE.token] = tokens.get(entryFor(tokens, 'verification_approved')) ?? [];
  return `
${styleText('bold', 'fractal-webhooks')} is running.

  console        ${consoleUrl}
  webhook        ${webhookUrl}
  AWS endpoint   ${awsEndpointUrl}  (DynamoDB: ${engine})

Send the example from Fractal's documentation, and read its state:

curl -i ${webhookUrl} \\
  -H 'Content-Type: application/json' \\
  -H 'X-Fractal-Signature: ${sign(Buffer.from(EXAMPLE.body), token)}' \\
  -d '${EXAMPLE.body}'

${oncall} status b5c5a2cd-643e-444b-9591-e7b25fec997d

Press Ctrl-C to stop. Deliveries and their outcomes are printed below.
`;
};

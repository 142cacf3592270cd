import { FAULTS } from './faults.ts';

/** What people read who want something to go wrong. @param endpointUrl where they can switch it on */
export const faultsHelp = (endpointUrl: string): string => `\
What can be made to go wrong. PUT ${endpointUrl}/_local/faults sets a list of faults, and GET shows it; each call suffers the first
that hits it. An empty list ends them all.

A fault, as JSON:
  service    ${Object.keys(FAULTS).join(', ')}
  action     only this action of the service, such as "UpdateItem" (default: all)
  function   of lambda: only "ingest", "apply" or "publish" (default: all)
  fault      see below
  rate       the part of the calls that it hits, 0 to 1 (default: 1)
  delay      milliseconds (default: 1000 for slow, 0 for crash)
  lasting    after how many milliseconds it is over (default: when it is taken away)

A call to sqs, dynamodb, secretsmanager or events (EventBridge)
${table(FAULTS.sqs)}

A call to secretsmanager, also
${table(besides(FAULTS.secretsmanager))}

A call to events, also
${table(besides(FAULTS.events))}

An invocation, for lambda
${table(FAULTS.lambda)}

${EXAMPLES.map(([what, faults]) => `# ${what}\ncurl -X PUT ${endpointUrl}/_local/faults -d '${JSON.stringify(faults)}'\n`).join('\n')}`;

const EXAMPLES = [
  [
    'The table refuses about every second write, for a minute',
    [{ service: 'dynamodb', action: 'UpdateItem', fault: 'throttle', rate: 0.5, lasting: 60_000 }],
  ],
  [
    'apply crashes: what it was given comes again, and ends on the dead-letter queue',
    [{ service: 'lambda', function: 'apply', fault: 'crash' }],
  ],
  ['EventBridge refuses every second entry', [{ service: 'events', fault: 'entries', rate: 0.5 }]],
  ['Somebody has deleted the secret', [{ service: 'secretsmanager', fault: 'deleted' }]],
  ['All is well again', []],
] as const;

const besides = (faults: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(faults).filter(([name]) => !(name in FAULTS.sqs)));

const table = (faults: Readonly<Record<string, string>>): string =>
  Object.entries(faults)
    .map(([name, text]) => `  ${name.padEnd(13)}${text}`)
    .join('\n');

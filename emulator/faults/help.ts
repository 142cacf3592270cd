import { FAULTS } from './fault.ts';

/** The help for fault injection. @param endpointUrl the AWS endpoint, for the examples */
export const faultsHelp = (endpointUrl: string, functionNames: readonly string[]): string => `\
Fault injection. PUT ${endpointUrl}/_local/faults replaces the list of faults, and GET returns it. The first fault that matches a call
applies. An empty list removes all faults.

A fault, as JSON:
  service    ${Object.keys(FAULTS).join(', ')}
  action     the action of the service, such as "UpdateItem" (default: all)
  function   for lambda: ${functionNames.join(', ')} (default: all)
  fault      see below
  rate       the fraction of calls that are affected, 0 to 1 (default: 1)
  delay      in milliseconds (default: 1000 for slow, 0 for crash)
  lasting    duration of the fault in milliseconds (default: until it is removed)

Faults of sqs, dynamodb, secretsmanager and events (EventBridge)
${table(FAULTS.dynamodb)}

Additional faults of sqs
${table(additional(FAULTS.sqs))}

Additional faults of secretsmanager
${table(additional(FAULTS.secretsmanager))}

Additional faults of events
${table(additional(FAULTS.events))}

Faults of lambda
${table(FAULTS.lambda)}

${examples(functionNames)
  .map(([what, faults]) => `# ${what}\ncurl -X PUT ${endpointUrl}/_local/faults -d '${JSON.stringify(faults)}'\n`)
  .join('\n')}`;

const examples = ([name]: readonly string[]): readonly (readonly [string, readonly object[]])[] => [
  [
    'Throttle about half of the writes to the table for a minute',
    [{ service: 'dynamodb', action: 'UpdateItem', fault: 'throttle', rate: 0.5, lasting: 60_000 }],
  ],
  [
    `Crash ${name ?? 'all functions'}: the messages of a queue are redelivered, and end up on the dead-letter queue`,
    [{ service: 'lambda', ...(name && { function: name }), fault: 'crash' }],
  ],
  ['Fail about half of the entries sent to EventBridge', [{ service: 'events', fault: 'entries', rate: 0.5 }]],
  ['Simulate a deleted secret', [{ service: 'secretsmanager', fault: 'deleted' }]],
  ['Remove all faults', []],
];

const additional = (faults: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(faults).filter(([name]) => !(name in FAULTS.dynamodb)));

const table = (faults: Readonly<Record<string, string>>): string =>
  Object.entries(faults)
    .map(([name, text]) => `  ${name.padEnd(13)}${text}`)
    .join('\n');

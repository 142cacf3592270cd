import type { Target } from '../../oncall/target.ts';
import { localClient } from './local-client.ts';

/** A deployed stack whose parts are behind this endpoint. Its counts do not lag. */
export const aTarget = (endpoint: string, parts: Partial<Target> = {}): Target => ({
  webhookUrl: `${endpoint}/webhook`,
  otherWebhookUrls: [],
  tableName: 'states',
  secretId: 'arn:tokens',
  queueUrl: `${endpoint}/000000000000/main`,
  deadLetterQueueUrl: `${endpoint}/000000000000/dead`,
  alarmTopicArn: 'arn:aws:sns:eu-central-1:000000000000:alarms',
  events: undefined,
  release: undefined,
  concurrencyNeeded: 0,
  throttleRate: 0,
  lagMs: 0,
  deployed: true,
  options: ' --stack S',
  awsOptions: ' --region eu-central-1',
  deployAgain: 'Redeploy the stack: npm run cdk -- deploy S',
  recreate: 'npm run cdk -- deploy S --revert-drift',
  remedy: (change) => `${change} in infra/installations.ts, and deploy: npm run cdk -- deploy S`,
  client: { ...localClient(endpoint), requestHandler: {} },
  ...parts,
});

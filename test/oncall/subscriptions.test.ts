import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { checkListeners } from '../../oncall/doctor/alarms.ts';
import type { Target } from '../../oncall/target.ts';

/** SNS with these subscriptions. No emulator has unconfirmed and deleted ones. */
const subscribedWith = async (...arns: string[]) => {
  const members = arns.map((arn) => `<member><SubscriptionArn>${arn}</SubscriptionArn></member>`).join('');
  const list = 'ListSubscriptionsByTopic';
  const body = `<${list}Response><${list}Result><Subscriptions>${members}</Subscriptions></${list}Result></${list}Response>`;
  const server = createServer((_, response) => response.setHeader('content-type', 'text/xml').end(body));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const client = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  };
  const target = { client, alarmTopicArn: 'arn:aws:sns:eu-central-1:1:alarms', remedy: (what: string) => what };
  const { result, says } = await checkListeners(target as unknown as Target);
  server.closeAllConnections();
  server.close();
  return [result, says];
};

const CONFIRMED = 'arn:aws:sns:eu-central-1:1:alarms:6f1c';

test.each<[string[], string, string]>([
  [[CONFIRMED, 'PendingConfirmation', 'Deleted'], 'ok', '1 notified when an alarm triggers'],
  [['PendingConfirmation'], 'wrong', 'no subscription to the alarms is confirmed'],
  [['Deleted'], 'wrong', 'no subscription to the alarms is confirmed'],
  [[], 'wrong', 'nobody is notified when an alarm triggers'],
])('with the subscriptions %j, doctor reports %s', async (arns, result, says) => {
  expect(await subscribedWith(...arns)).toEqual([result, says]);
});

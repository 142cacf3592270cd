import { text } from 'node:stream/consumers';

// In the pipeline: what `cdk diff` prints is read from standard input, and a difference that takes data away is an error.
const KEEPS_DATA = ['DynamoDB::Table', 'SQS::Queue', 'SecretsManager::Secret', 'KMS::Key', 'Events::Archive'];
const TAKES_AWAY = new RegExp(`^\\[[-~]\\] AWS::(?:${KEEPS_DATA.join('|')}) .*(?:replace|destroy|orphan)`);

const difference = await text(process.stdin);
const losses = difference.split('\n').filter((line) => TAKES_AWAY.test(line));
if (!/^Stack |^✨/m.test(difference)) {
  console.error('error: There is no output of cdk diff on standard input.');
  process.exit(2);
}
for (const line of losses) console.error(`error: ${line}`);
if (losses.length > 0) {
  console.error(
    'A deployment would begin with empty ones beside these, or without them. If that is what you want, deploy it by hand.',
  );
  process.exit(1);
}

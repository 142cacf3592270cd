import { text } from 'node:stream/consumers';

// For the pipeline: reads the output of `cdk diff` from standard input, and fails if a difference would lose data.
const KEEPS_DATA = ['DynamoDB::Table', 'SQS::Queue', 'SecretsManager::Secret', 'KMS::Key', 'Events::Archive', 'S3::Bucket'];
const LOSES_DATA = new RegExp(`^\\[[-~]\\] AWS::(?:${KEEPS_DATA.join('|')}) .*(?:replace|destroy|orphan)`);

const difference = await text(process.stdin);
const losses = difference.split('\n').filter((line) => LOSES_DATA.test(line));
if (!/^Stack |^✨/m.test(difference)) {
  console.error('error: No output of cdk diff on standard input.');
  process.exit(2);
}
for (const line of losses) console.error(`error: ${line}`);
if (losses.length > 0) {
  console.error(
    'The deployment would replace these resources with empty ones, or remove them from the stack. If that is intended, deploy by hand.',
  );
  process.exit(1);
}

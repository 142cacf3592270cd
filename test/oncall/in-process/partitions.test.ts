import { expect, test } from '@jest/globals';
import { awsAnswer } from '../../../emulator/aws/request.ts';
import { partitionsOf } from '../../../oncall/partitions.ts';
import { useStackInProcess } from '../../support/stack-in-process.ts';

const stack = useStackInProcess();
const partitions = async (isWanted: (pk: string) => boolean): Promise<string[]> => {
  const target = await stack.target();
  return (await partitionsOf(target, target.tableName, isWanted, new AbortController().signal)).sort();
};

test('the partitions that are wanted are found once each, on all pages of all segments', async () => {
  const users = Array.from({ length: 20 }, (_, index) => `USER#${index}`);
  for (const pk of users) for (const sk of ['LEVEL#basic', 'LEVEL#plus']) await stack.put({ pk, sk, note: 'personal' });
  const reads: Record<string, unknown>[] = [];
  stack.intercept((call) => {
    if (call.action !== 'Scan') return undefined;
    const input = JSON.parse(call.body.toString());
    reads.push(input);
    return stack.forward({ ...call, body: Buffer.from(JSON.stringify({ ...input, Limit: 3 })) });
  });
  expect(await partitions(() => true)).toEqual(users.toSorted());
  expect(await partitions((pk) => pk.endsWith('7'))).toEqual(['USER#17', 'USER#7']);
  for (const read of reads) {
    expect(read).toMatchObject({ Select: 'SPECIFIC_ATTRIBUTES', ProjectionExpression: 'pk, sk', ConsistentRead: true });
  }
  expect(new Set(reads.map(({ Segment }) => Segment))).toEqual(new Set([0, 1, 2, 3]));
});

test('an answer without items, and items without the key, are passed over', async () => {
  stack.intercept(({ action, body }) => {
    if (action !== 'Scan') return undefined;
    return awsAnswer(JSON.parse(body.toString()).Segment === 0 ? {} : { Items: [{}, { pk: { N: '1' } }] });
  });
  expect(await partitions(() => true)).toEqual([]);
});

test('a terminal shows after more than a hundred thousand items how many were read', async () => {
  const page = (size: number, more: boolean) =>
    awsAnswer({ Items: Array.from({ length: size }, () => ({})), ...(more && { LastEvaluatedKey: { pk: { S: 'x' } } }) });
  const pages = [page(60_000, true), page(40_000, true), page(1, true), page(1, false)];
  stack.intercept(({ action, body }) => {
    if (action !== 'Scan') return undefined;
    return JSON.parse(body.toString()).Segment === 2 ? pages.shift() : awsAnswer({ Items: [] });
  });
  const written: string[] = [];
  const { isTTY } = process.stderr;
  const { error } = console;
  Object.assign(process.stderr, { isTTY: true });
  console.error = (text: string) => void written.push(text);
  try {
    await partitions(() => true);
  } finally {
    console.error = error;
    Object.assign(process.stderr, { isTTY });
  }
  expect(written).toEqual(['       waiting for the table: 100001 items read …']);
});

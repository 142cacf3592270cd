import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item as plain JSON, with what a team has added to it. Numbers that JavaScript can't hold, and binary values, are text. */
export const documentOf = (item: Readonly<Record<string, AttributeValue>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));

const plain = (value: AttributeValue): unknown => {
  const { S, N, BOOL, L, M, SS, NS, B, BS } = value;
  if (N !== undefined) return Number.isSafeInteger(Number(N)) || String(Number(N)) === N ? Number(N) : N;
  if (B) return Buffer.from(B).toString('base64');
  if (BS) return BS.map((one) => Buffer.from(one).toString('base64'));
  // DynamoDB nests values at most 32 levels deep.
  if (L) return L.map(plain);
  if (M) return documentOf(M);
  return S ?? BOOL ?? SS ?? NS ?? null;
};

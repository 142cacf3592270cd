import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Resource, readAssembly } from '../../emulator/template/assembly.ts';
import { synthesize } from '../../local/synthesize.ts';
import { assemblyFolder } from '../support/once.ts';

const { template } = await readAssembly(assemblyFolder());

const TABLE = {
  TableName: undefined,
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  LocalSecondaryIndexes: undefined,
  ImportSourceSpecification: undefined,
};

/**
 * The resources with data, by logical id, with the properties whose change causes a replacement. If an id or a value here
 * changes, CloudFormation creates a new, empty resource and abandons the old one: deployed stacks would lose their table,
 * messages or tokens. Undo the change that made this test fail. If you do want a new resource, you need a migration and a new
 * major version.
 */
const HOLDS_DATA: Record<string, { readonly type: string; readonly replacing: Record<string, unknown> }> = {
  StatesTable04B017AC: { type: 'AWS::DynamoDB::Table', replacing: TABLE },
  HistoryTable4479EEA3: { type: 'AWS::DynamoDB::Table', replacing: TABLE },
  NotificationsQueue91395D8F: { type: 'AWS::SQS::Queue', replacing: { QueueName: undefined, FifoQueue: undefined } },
  NotificationsDeadLetterQueue32AE6445: { type: 'AWS::SQS::Queue', replacing: { QueueName: undefined, FifoQueue: undefined } },
  ChangesUnpublishedC6E178ED: { type: 'AWS::SQS::Queue', replacing: { QueueName: undefined, FifoQueue: undefined } },
  TokensSecretA6069DB5: {
    type: 'AWS::SecretsManager::Secret',
    // A change does not replace the secret, but overwrites its tokens with a new random value.
    replacing: { Name: undefined, GenerateSecretString: { GenerateStringKey: 'no_token_yet', SecretStringTemplate: '{}' } },
  },
};

const propertiesOf = ({ Properties = {} }: Resource, names: string[]) =>
  Object.fromEntries(names.map((name) => [name, Properties[name]]));

describe('a change', () => {
  test.each(Object.entries(HOLDS_DATA))('does not replace %s', (id, { type, replacing }) => {
    const resource = template.Resources[id];
    expect(resource?.Type ?? `${id} is missing: read the comment on HOLDS_DATA`).toBe(type);
    expect(propertiesOf(resource as Resource, Object.keys(replacing))).toEqual(replacing);
    expect(resource).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  test('adds no other table, queue or secret', () => {
    const types = new Set(Object.values(HOLDS_DATA).map(({ type }) => type));
    const ids = Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) =>
      types.has(Type) && !(Number(Properties.MessageRetentionPeriod) <= 3_600) ? [id] : [],
    );
    expect(ids.sort()).toEqual(Object.keys(HOLDS_DATA).sort());
  });

  test('of nothing has an empty diff: the same sources give the same template', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-again-'));
    await synthesize(folder, { throttleRate: 10_000, throttleBurst: 5_000 });
    expect((await readAssembly(folder)).template).toEqual(template);
    await rm(folder, { recursive: true });
  });
});

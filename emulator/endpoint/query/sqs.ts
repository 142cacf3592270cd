import { xmlElements } from '../../aws/xml.ts';
import type { Dialect } from './dialect.ts';
import { type Form, partsOf } from './form.ts';

// In SQS's query protocol, the parts of a list have the singular as their name, without an enclosing element. See the examples in
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
const LISTS: Readonly<Record<string, string>> = {
  AttributeName: 'AttributeNames',
  MessageAttributeName: 'MessageAttributeNames',
  MessageSystemAttributeName: 'MessageSystemAttributeNames',
  TagKey: 'TagKeys',
  SendMessageBatchRequestEntry: 'Entries',
  DeleteMessageBatchRequestEntry: 'Entries',
  ChangeMessageVisibilityBatchRequestEntry: 'Entries',
};

/** Each entry of a map is an element with this name, which contains one element for the key and one for the value. */
const MAPS: Readonly<Record<string, readonly [entry: string, key: string]>> = {
  Attributes: ['Attribute', 'Name'],
  MessageAttributes: ['MessageAttribute', 'Name'],
  MessageSystemAttributes: ['MessageSystemAttribute', 'Name'],
  Tags: ['Tag', 'Key'],
};
const MAP_OF_ENTRY = new Map(Object.entries(MAPS).map(([map, [entry, key]]) => [entry, { map, key }]));

const NUMBERS = ['DelaySeconds', 'VisibilityTimeout', 'MaxNumberOfMessages', 'WaitTimeSeconds', 'MaxResults'];

const read = (form: Form): unknown =>
  typeof form === 'string' ? form : Object.fromEntries(Object.entries(form).map(([name, value]) => readMember(name, value)));

const readMember = (name: string, value: Form): readonly [string, unknown] => {
  const list = LISTS[name];
  if (list) return [list, partsOf(value).map(read)];
  const entries = MAP_OF_ENTRY.get(name);
  if (entries) return [entries.map, Object.fromEntries(partsOf(value).map((entry) => readEntry(entry, entries.key)))];
  return [name, NUMBERS.includes(name) ? Number(value) : read(value)];
};

const readEntry = (entry: Form, key: string): readonly [string, unknown] => {
  const { [key]: name = '', Value = '' } = typeof entry === 'string' ? {} : entry;
  return [String(name), read(Value)];
};

const write = (action: string, output: object): string =>
  Object.entries(output)
    .map(([name, value]) => writeMember(action, name, value))
    .join('');

const writeMember = (action: string, name: string, value: unknown): string => {
  const element = (called: string, content: unknown): string =>
    typeof content === 'object' && content !== null
      ? `<${called}>${write(action, content)}</${called}>`
      : xmlElements({ [called]: String(content) });
  const [entry, key] = MAPS[name] ?? [];
  if (entry && key)
    return Object.entries(Object(value))
      .map(([Name, Value]) => element(entry, { [key]: Name, Value }))
      .join('');
  return Array.isArray(value) ? value.map((part) => element(partName(action, name), part)).join('') : element(name, value);
};

const partName = (action: string, list: string): string => {
  if (list === 'Successful') return `${action}ResultEntry`;
  if (list === 'Failed') return 'BatchResultErrorEntry';
  return list.replace(/s$/, '');
};

/** SQS's query protocol, which AWS SDKs used until 2023. */
export const SQS: Dialect = { target: 'AmazonSQS', read, write };

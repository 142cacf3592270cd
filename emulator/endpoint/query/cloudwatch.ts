import { xmlElements } from '../../aws/xml.ts';
import type { Dialect } from './dialect.ts';
import { type Form, partsOf } from './form.ts';

const NUMBERS = ['Period', 'MaxRecords', 'MaxResults', 'MaxDatapoints'];
const TIMES_READ = ['StartTime', 'EndTime', 'StartDate', 'EndDate'];

const read = (form: Form): unknown => {
  if (typeof form === 'string') return form;
  if (form.member !== undefined) return partsOf(form.member).map(read);
  return Object.fromEntries(Object.entries(form).map(([name, value]) => [name, readMember(name, value)]));
};

const readMember = (name: string, value: Form): unknown => {
  if (NUMBERS.includes(name)) return Number(value);
  if (TIMES_READ.includes(name)) return Date.parse(String(value)) / 1_000;
  return read(value);
};

const write = (output: object): string =>
  Object.entries(output)
    .map(([name, value]) => writeMember(name, value))
    .join('');

const writeMember = (name: string, value: unknown): string => {
  if (Array.isArray(value)) {
    const parts = name === 'Timestamps' ? value.map(asTime) : value;
    return `<${name}>${parts.map((part) => writeMember('member', part)).join('')}</${name}>`;
  }
  if (typeof value === 'object' && value !== null) return `<${name}>${write(value)}</${name}>`;
  return xmlElements({ [name]: name.endsWith('Timestamp') ? asTime(value) : String(value) });
};

const asTime = (seconds: unknown): string => new Date(Number(seconds) * 1_000).toISOString();

/** CloudWatch's query protocol: times are text, and lists have `member` elements. */
export const CLOUDWATCH: Dialect = {
  target: 'GraniteServiceVersion20100801',
  read,
  write: (_, output) => write(output),
};

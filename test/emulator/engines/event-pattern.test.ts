import { describe, expect, test } from '@jest/globals';
import { readPattern } from '../../../emulator/engines/eventbridge/pattern.ts';

type Case = readonly [what: string, pattern: object, matching: readonly object[], others: readonly object[]];

// The examples of AWS's documentation, with events that match and that don't.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
const CASES: readonly Case[] = [
  ['a value', { source: ['aws.ec2'] }, [{ source: 'aws.ec2' }], [{ source: 'aws.s3' }, {}, { source: ['x'] }]],
  ['a list in the event', { a: ['x'] }, [{ a: ['y', 'x'] }], [{ a: ['y'] }, { a: [] }]],
  ['null and empty text', { a: [null, ''] }, [{ a: null }, { a: '' }], [{ a: 'null' }, {}, { a: 0 }]],
  ['a number, which is not text', { a: [200] }, [{ a: 200 }], [{ a: '200' }]],
  ['prefix', { time: [{ prefix: '2017-10-02' }] }, [{ time: '2017-10-02T18:43:48Z' }], [{ time: '2017-10-03' }, {}]],
  [
    'prefix, ignoring case',
    { service: [{ prefix: { 'equals-ignore-case': 'EventB' } }] },
    [{ service: 'eventbridge' }],
    [{ service: 'xEventB' }],
  ],
  ['suffix', { FileName: [{ suffix: '.png' }] }, [{ FileName: 'a.png' }], [{ FileName: 'a.PNG' }, { FileName: '.png.jpg' }]],
  [
    'suffix, ignoring case',
    { FileName: [{ suffix: { 'equals-ignore-case': '.png' } }] },
    [{ FileName: 'a.PNG' }],
    [{ FileName: 'png' }],
  ],
  [
    'anything-but',
    { state: [{ 'anything-but': 'initializing' }] },
    [{ state: 'running' }, { state: 7 }],
    [{ state: 'initializing' }, {}],
  ],
  [
    'anything-but numbers',
    { 'x-limit': [{ 'anything-but': [100, 200, 300] }] },
    [{ 'x-limit': 101 }, { 'x-limit': '100' }],
    [{ 'x-limit': 200 }],
  ],
  [
    'anything-but, ignoring case',
    { state: [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }] },
    [{ state: 'running' }],
    [{ state: 'STOPPED' }],
  ],
  [
    'anything-but a prefix',
    { state: [{ 'anything-but': { prefix: 'init' } }] },
    [{ state: 'running' }],
    [{ state: 'initializing' }],
  ],
  [
    'anything-but prefixes',
    { state: [{ 'anything-but': { prefix: ['init', 'error'] } }] },
    [{ state: 'running' }],
    [{ state: 'error-1' }],
  ],
  [
    'anything-but suffixes',
    { FileName: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] },
    [{ FileName: 'a.png' }],
    [{ FileName: 'a.rtf' }],
  ],
  [
    'anything-but wildcards',
    { path: [{ 'anything-but': { wildcard: ['*/lib/*', '*/bin/*'] } }] },
    [{ path: '/usr/share/a' }],
    [{ path: '/usr/bin/a' }],
  ],
  ['a range of numbers', { c: [{ numeric: ['>', 0, '<=', 5] }] }, [{ c: 5 }, { c: 0.1 }], [{ c: 0 }, { c: 5.1 }, { c: '3' }, {}]],
  [
    'one comparison',
    { d: [{ numeric: ['<', 10] }], x: [{ numeric: ['=', 3.018e2] }] },
    [{ d: 9, x: 301.8 }],
    [
      { d: 10, x: 301.8 },
      { d: 9, x: 301.9 },
    ],
  ],
  [
    'an address in a network',
    { ip: [{ cidr: '10.0.0.0/24' }] },
    [{ ip: '10.0.0.255' }],
    [{ ip: '10.0.1.0' }, { ip: 'none' }, {}],
  ],
  [
    'an address of version 6',
    { ip: [{ cidr: '2001:db8::/32' }] },
    [{ ip: '2001:db8:1::1' }],
    [{ ip: '2001:db9::1' }, { ip: '10.0.0.1' }],
  ],
  [
    'exists',
    { detail: { state: [{ exists: true }] } },
    [{ detail: { state: '' } }, { detail: { state: null } }],
    [{ detail: {} }, {}, { detail: { state: {} } }],
  ],
  ['exists not', { detail: { state: [{ exists: false }] } }, [{ detail: {} }, {}], [{ detail: { state: 'x' } }]],
  [
    'equals-ignore-case',
    { 'detail-type': [{ 'equals-ignore-case': 'ec2 Instance State-change' }] },
    [{ 'detail-type': 'EC2 INSTANCE STATE-CHANGE' }],
    [{ 'detail-type': 'EC2' }],
  ],
  [
    'wildcard',
    { path: [{ wildcard: 'dir/*.png' }] },
    [{ path: 'dir/a.png' }, { path: 'dir/.png' }, { path: 'dir/a/b.png' }],
    [{ path: 'dir/a.pngx' }, { path: 'xdir/a.png' }],
  ],
  [
    'wildcard with escapes',
    { path: [{ wildcard: 'a\\*b\\\\*.c' }] },
    [{ path: 'a*b\\x.c' }],
    [{ path: 'axb\\x.c' }, { path: 'a*b\\xxc' }],
  ],
  [
    'alternatives',
    { detail: { $or: [{ c: [{ numeric: ['>', 0] }] }, { d: ['x'] }], e: ['y'] } },
    [{ detail: { c: 1, e: 'y' } }, { detail: { d: 'x', e: 'y' } }],
    [{ detail: { c: 1 } }, { detail: { e: 'y' } }],
  ],
  [
    'a list of objects, as a whole',
    { a: { b: [1], c: [2] } },
    [{ a: [{ b: 0 }, { b: 1, c: 2 }] }],
    [{ a: [{ b: 1 }, { c: 2 }] }],
  ],
  ['names of the prototype', { toString: [{ exists: false }] }, [{}], [{ toString: 'x' }]],
];

describe('an event pattern', () => {
  test.each(CASES)('matches %s', (_, pattern, matching, others) => {
    const matches = readPattern(pattern);
    for (const event of matching) expect([event, matches(event)]).toEqual([event, true]);
    for (const event of others) expect([event, matches(event)]).toEqual([event, false]);
  });

  test.each<[object | string, string]>([
    [{ a: [{ like: 'x' }] }, 'a has no valid operator: {"like":"x"}'],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, 'a has no valid operator'],
    [{ a: [{}] }, 'a has no valid operator'],
    [{ a: [{ prefix: 7 }] }, 'prefix of a must be text'],
    [{ a: [{ numeric: ['~', 7] }] }, 'numeric of a is no comparison'],
    [{ a: [{ numeric: [] }] }, 'numeric of a needs one or two comparisons'],
    [{ a: [{ exists: 'true' }] }, 'exists of a is true or false'],
    [{ a: [{ wildcard: 'a**b' }] }, 'wildcard of a has consecutive wildcards'],
    [{ a: [{ 'anything-but': { numeric: ['>', 1] } }] }, 'anything-but of a has no valid operator'],
    [{ $or: [{ a: ['x'] }] }, '$or is a list of at least two patterns'],
    [{ a: 'x' }, 'an event pattern is an object'],
    ['x', 'an event pattern is an object'],
  ])('%j is refused when the rule is created', (pattern, message) => {
    expect(() => readPattern(pattern)).toThrow(message);
  });
});

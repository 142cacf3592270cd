import { stripVTControlCharacters } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { anEnvelope, aParkedEnvelope } from '../../../support/envelopes.ts';
import { aVerification } from '../../../support/notifications.ts';
import { useStackInProcess } from '../../../support/stack-in-process.ts';
import { linesOf, onTerminal } from '../../../support/terminal.ts';

const NOW = Date.parse('2030-01-02T03:04:05.678Z');
const stack = useStackInProcess();

const watch = (...args: string[]) => stack.run('dlq', 'watch', '--every', '1', ...args);
/** It would wait for an hour before a second refresh. */
const once = () => stack.run('dlq', 'watch', '--every', '3600', '--times', '1');
const at = (ms: number): void => void jest.spyOn(Date, 'now').mockReturnValue(NOW + ms);

/** Between the first snapshot and the second, this happens, and so many milliseconds pass. */
const between = (passMs: number, happens: () => Promise<unknown>): void => {
  let looks = 0;
  stack.intercept(async ({ action, body }) => {
    if (action !== 'GetQueueAttributes' || JSON.parse(body.toString()).QueueUrl !== stack.urls.dead || ++looks !== 2)
      return undefined;
    at(passMs);
    await happens();
    return undefined;
  });
};

describe('dlq watch', () => {
  test('shows the time, the counts per cause, the oldest message and the main queue', async () => {
    at(0);
    await stack.send('queue', 'waiting');
    await stack.send('dead', anEnvelope(aVerification(), { receivedAt: NOW - 7_200_000 }));
    await stack.send('dead', aParkedEnvelope('x', 'not_json', { receivedAt: NOW - 60_000 }));
    const { status, stdout, stderr } = await once();
    expect(linesOf(stdout)).toEqual([
      '03:04:05 · 2 dead letters · oldest 2 h · 1 on the main queue',
      '',
      'COUNT CAUSE TYPE IF REDRIVEN NOW OLDEST',
      '1 apply gave up after 5 attempts verification_approved would apply 2 h',
      '1 parked: not_json – still not understood 1 min',
      '',
    ]);
    expect([status, stderr]).toEqual([0, '']);
  });

  test.each<[string, number, (() => Promise<unknown>)[], string]>([
    ['+4/min', 30_000, [() => stack.send('dead', 'a'), () => stack.send('dead', 'b')], '3 dead letters · oldest 30 s · +4/min'],
    ['+0/min', 60_000, [], '1 dead letter · oldest 1 min · +0/min'],
    ['-1/min', 60_000, [() => stack.hide('dead')], '0 dead letters · 1 hidden · -1/min'],
  ])('refreshes with the growth per minute: %s', async (_, passMs, happenings, facts) => {
    at(0);
    await stack.send('dead', anEnvelope(aVerification()));
    between(passMs, async () => {
      for (const happens of happenings) await happens();
    });
    const { stdout } = await watch('--times', '2');
    const [first = '', second = ''] = stdout.split('every 1 s; Ctrl-C to stop\n');
    expect(first).toMatch(/^03:04:05 · 1 dead letter · oldest 0 s · 0 on the main queue\n\nCOUNT [\s\S]*\n\n$/);
    expect(second).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d · ${facts.replace('+', '\\+')} · 0 on the main queue\n\n`));
    expect(second).not.toContain('Ctrl-C');
  });

  test('does not say that the queue is empty while another reader has its messages', async () => {
    at(0);
    expect((await once()).stdout).toBe('03:04:05 · 0 dead letters · 0 on the main queue\n\nThe dead-letter queue is empty.\n');
    await stack.send('dead', 'a');
    await stack.hide('dead');
    expect((await once()).stdout).toBe(
      '03:04:05 · 0 dead letters · 1 hidden · 0 on the main queue\n\nNone can be read now: another reader has received them.\n',
    );
  });

  test('clears the screen of a terminal', async () => {
    using _ = onTerminal(80);
    const { stdout } = await once();
    expect([stdout.slice(0, 7), stdout.slice(7)]).toEqual(['\u001b[H\u001b[2J', stripVTControlCharacters(stdout)]);
  });

  test('prints a line of JSON per refresh', async () => {
    at(0);
    for (const body of ['a', 'b', aParkedEnvelope('x', 'jane@example.com')]) await stack.send('dead', body);
    between(1_000, () => stack.hide('dead'));
    const { stdout } = await watch('--times', '2', '--json');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        at: '2030-01-02T03:04:05.678Z',
        dead_letters: 3,
        hidden: 0,
        queued: 0,
        by_cause: { 'not from this receiver': 2, 'parked: j…@example.com': 1 },
      },
      { at: '2030-01-02T03:04:06.678Z', dead_letters: 0, hidden: 3, queued: 0, by_cause: {} },
    ]);
  });

  test('ends without an error once its output is closed, and does not wait for the next refresh', async () => {
    const ignore = () => {};
    process.stdout.on('error', ignore);
    let looks = 0;
    stack.intercept(({ action }) => {
      if (action === 'ReceiveMessage' && ++looks === 1) process.stdout.emit('error', new Error('closed'));
      return undefined;
    });
    const { status, stdout, stderr } = await stack.run('dlq', 'watch', '--every', '3600');
    process.stdout.off('error', ignore);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('dead letters')).toHaveLength(2);
  });

  test('waits between two refreshes for as long as was asked, and goes on until its output is closed', async () => {
    const ignore = () => {};
    process.stdout.on('error', ignore);
    let looks = 0;
    stack.intercept(({ action, body }) => {
      if (action === 'GetQueueAttributes' && JSON.parse(body.toString()).QueueUrl === stack.urls.dead) looks += 1;
      return undefined;
    });
    const watching = stack.run('dlq', 'watch', '--every', '3600');
    for (let count = 0; count < 5; count += 1) await stack.run('dlq', 'list');
    const seen = looks;
    process.stdout.emit('error', new Error('closed'));
    expect((await watching).stdout).toMatch(/\n\nevery 3600 s; Ctrl-C to stop\n$/);
    process.stdout.off('error', ignore);
    expect(seen).toBe(6);
  });

  test('goes on until then', async () => {
    const ignore = () => {};
    process.stdout.on('error', ignore);
    let looks = 0;
    stack.intercept(({ action, body }) => {
      if (action !== 'GetQueueAttributes' || JSON.parse(body.toString()).QueueUrl !== stack.urls.dead) return undefined;
      if (++looks === 2) process.stdout.emit('error', new Error('closed'));
      return undefined;
    });
    expect((await watch()).stdout.match(/every 1 s; Ctrl-C to stop\n/g)).toHaveLength(2);
    process.stdout.off('error', ignore);
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { diagnose, interpretAll } from '../../../functions/core/diagnosis.ts';
import { encodeEnvelope } from '../../../functions/core/envelope.ts';
import { createButtonTokens } from '../../../functions/dead-letters/button-token.ts';
import { letter } from '../../../functions/dead-letters/letter.ts';
import { overview } from '../../../functions/dead-letters/overview.ts';
import { runsOf } from '../../support/effort.ts';
import { CORPUS, lookalikes } from '../../support/hostile.ts';
import { bytesOf } from '../../support/notifications.ts';
import { readPage } from '../../support/widget.ts';

const NOW = Date.parse('2026-11-25T08:00:00Z');
const ENDPOINT = 'arn:aws:lambda:eu-central-1:123456789012:function:widget';

// What a sender, or anyone who can write to the queue, can come up with.
const MARKUP = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</td></tr></table><cwdb-action action="call" endpoint="arn:evil">{"action":"redrive"}</cwdb-action>',
  '{"action":"redrive"}</cwdb-action><b>',
  "' onmouseover='alert(1)",
  '&lt;script&gt;&amp;',
  '<!-- <![CDATA[ ]]> -->',
  '\u202Egnp.exe\u2066\u200F',
  '\u001b[2J\u001b]0;title\u0007',
  '\u2028\u2029\uFEFF',
];
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'cwdb-action': ['action', 'display', 'endpoint', 'confirmation'],
  a: ['class', 'href', 'target', 'rel'],
  svg: ['width', 'height', 'role', 'aria-label'],
  rect: ['width', 'height', 'rx', 'fill'],
  circle: ['cx', 'cy', 'r', 'fill', 'stroke', 'stroke-width'],
};
const ELEMENTS = new Set([...'p b code table tbody tr th td details summary pre'.split(' '), ...Object.keys(ALLOWED)]);
const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** The widget, and each of its popups, where this is what is on the dead-letter queue. */
const pagesOf = (bodies: readonly string[]): string[] => {
  const deadLetters = bodies.map((body, index) => ({ messageId: `m${index}`, receiptHandle: 'r', body, sentAt: NOW - 1_000 }));
  const diagnoses = diagnose(interpretAll(deadLetters, NOW), { retentionMs: 14 * 86_400_000, attempts: 5, items: new Map() });
  const seen = { deadLetters: diagnoses, left: 0, hidden: 0, queued: 3, tableProblem: undefined };
  return [
    overview(seen, {
      endpoint: ENDPOINT,
      actions: true,
      runbook: 'https://example.com/runbook',
      now: NOW,
      sign: createButtonTokens(() => NOW).sign,
    }),
    ...diagnoses.map((one) => letter(one, { note: bodies[0] ?? null }, NOW)),
  ].map(({ markup }) => markup);
};

const expectHarmless = (markup: string): void => {
  const page = readPage(markup);
  for (const { name, attributes } of page.elements) {
    expect([name, ELEMENTS.has(name)]).toEqual([name, true]);
    for (const attribute of attributes) expect(ALLOWED[name] ?? []).toContain(attribute);
  }
  for (const { endpoint, parameters } of page.controls) {
    expect(endpoint).toBe(ENDPOINT);
    expect(['show', 'redrive', undefined]).toContain(parameters.action);
  }
  expect(page.text).not.toMatch(INVISIBLE);
};

const asEnvelope = (body: string | Uint8Array, reason?: string): string =>
  encodeEnvelope({
    id: 'id',
    receivedAt: NOW - 2_000,
    bytes: bytesOf(body),
    ...(reason !== undefined && { parked: { reason, signedFor: ['*'] } }),
  });

describe('hostile messages cannot harm the dashboard', () => {
  test.each(MARKUP)('%j, as a body, as a field, as an id, and as a reason', (text) => {
    const body = JSON.stringify({ type: text, data: { user_id: text, level: text } });
    const understood = { type: 'verification_approved', data: { user_id: text, level: text, timestamp: '2026-11-25T07:00:00Z' } };
    const bodies = [
      text,
      body,
      asEnvelope(text),
      asEnvelope(body, text),
      asEnvelope(JSON.stringify(understood)),
      asEnvelope('x').replace('"id":"id"', `"id":${JSON.stringify(text)}`),
    ];
    for (const markup of pagesOf(bodies)) expectHarmless(markup);
  });

  test.each(CORPUS.map(([name, body]) => [name, body] as const))('%s', (_, body) => {
    for (const markup of pagesOf([asEnvelope(body, 'not_json'), asEnvelope(body)])) expectHarmless(markup);
  });

  test('random lookalikes of notifications', () => {
    fc.assert(
      fc.property(lookalikes, (body) => {
        for (const markup of pagesOf([body, asEnvelope(body)])) expectHarmless(markup);
      }),
      runsOf(300, 30),
    );
  });

  test('128 KiB of the characters that take the most space when escaped', () => {
    const [widget = '', popup = ''] = pagesOf([asEnvelope('"'.repeat(128 * 1024), 'not_json')]);
    for (const markup of [widget, popup]) expectHarmless(markup);
    expect(widget.length).toBeLessThan(5_000);
    // Lambda answers with 6 MB at most.
    expect(popup.length).toBeLessThan(1_000_000);
  });
});

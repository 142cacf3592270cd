import { CHECK_SOURCE } from '../core/event.ts';
import type { Key } from '../core/facets.ts';
import { encodeUnforwarded, type ForwardedEvent, itemKeyOf, NOT_ASKED, parseEvent } from '../core/forwarded.ts';
import { type ForwardRequest, requestOf } from './request.ts';

/** A message on the queue to the backend. */
export interface ForwardMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** How often it was received, with this time. */
  readonly attempt: number;
  /** When it was put on the queue, in epoch milliseconds. */
  readonly sentAt: number;
}

export interface ForwardDependencies {
  /** @returns why the backend did not take it; `undefined` if it did */
  post(request: ForwardRequest): Promise<string | undefined>;
  /** The secrets to sign with. */
  secrets(): Promise<readonly string[]>;
  /** Whether there is an item with this key. */
  exists(key: Key): Promise<boolean>;
  /** Hides a message for this many seconds, until the next attempt. */
  postpone(message: ForwardMessage, seconds: number): Promise<void>;
  /** Puts a message on the queue of events that the backend did not take. */
  setAside(body: string): Promise<void>;
  /** Tells doctor what became of an event about its test user. */
  tell(answer: string): Promise<void>;
  describe(error: unknown): string;
  now(): number;
}

/**
 * `forwarded`: the backend has it. `forgotten`: its item is gone, so it stays here. `set_aside`: a person must look. `failed`: it is
 * tried again.
 */
export interface ForwardResult {
  readonly messageId: string;
  readonly id: string | undefined;
  readonly kind: 'forwarded' | 'forgotten' | 'set_aside' | 'failed';
  readonly problem?: string;
  /** Whether it has failed for minutes. */
  readonly late?: boolean;
}

/** How often the backend is tried, within a day. */
export const ATTEMPTS = 30;
const FIRST_PAUSE_S = 20;
const PAUSE_AT_MOST_S = 3_600;
/** After ten minutes. */
const LATE_AFTER = 6;

/** How long to wait after this attempt, in seconds: twice as long each time, at most an hour. */
export const pauseAfter = (attempt: number): number => Math.min(FIRST_PAUSE_S * 2 ** (attempt - 1), PAUSE_AT_MOST_S);

/** Sends an event to the backend, if what it tells is still here: nothing about an erased person leaves. */
export const createForward = (dependencies: ForwardDependencies) => {
  const { post, secrets, exists, postpone, setAside, tell, describe, now } = dependencies;

  const attempt = async (event: ForwardedEvent, body: string): Promise<string | undefined> =>
    post(requestOf(event.detail.id, body, await secrets(), now()));
  const isForgotten = async (event: ForwardedEvent): Promise<boolean> => {
    const key = itemKeyOf(event);
    return event['detail-type'] !== 'forgotten' && key !== undefined && !(await exists(key));
  };
  /** An outage of AWS can last as long as one of the backend, and is waited for in the same way. */
  const ofAws = (error: unknown): string => NOT_ASKED + describe(error);

  const forwardEvent = async (
    message: ForwardMessage,
    event: ForwardedEvent,
  ): Promise<Omit<ForwardResult, 'messageId' | 'id'>> => {
    if (event.source === CHECK_SOURCE) {
      const problem = await attempt(event, message.body).catch(ofAws);
      await tell(JSON.stringify({ detail: { user_id: event.detail.user_id }, forwarded: problem ?? 'taken' }));
      return { kind: 'forwarded' };
    }
    let problem: string | undefined;
    try {
      if (await isForgotten(event)) return { kind: 'forgotten' };
      problem = await attempt(event, message.body);
    } catch (error) {
      problem = ofAws(error);
    }
    if (problem === undefined) return { kind: 'forwarded' };
    if (message.attempt < ATTEMPTS) {
      await postpone(message, pauseAfter(message.attempt));
      return { kind: 'failed', problem, late: message.attempt >= LATE_AFTER };
    }
    await setAside(encodeUnforwarded({ event, problem, attempts: message.attempt, since: message.sentAt }));
    return { kind: 'set_aside', problem };
  };

  return async (message: ForwardMessage): Promise<ForwardResult> => {
    const event = parseEvent(message.body);
    const of = { messageId: message.messageId, id: event?.detail.id };
    try {
      if (event) return { ...of, ...(await forwardEvent(message, event)) };
      await setAside(message.body);
      return { ...of, kind: 'set_aside', problem: 'not an event' };
    } catch (error) {
      return { ...of, kind: 'failed', problem: describe(error) };
    }
  };
};

import type { InferOutput } from 'valibot';
import type { DetailType, EVENT_DETAILS } from '../functions/core/event.ts';

export type { DetailType };

/** What an event of this type says. */
export type EventDetail<Type extends DetailType> = InferOutput<(typeof EVENT_DETAILS)[Type]>;

import * as v from 'valibot';

/** The type, the level and the entry of the secret of Kraken's results, which have no type and no level of their own. */
export const KRAKEN = 'kraken';

/*
 * What Kraken's webhook is assumed to send, one line each: "documented" is what Fractal's page shows, and "assumed" what it leaves open.
 * A delivery that differs is parked with a reason that names the field.
 * https://docs.developer.fractal.id/migration-to-kraken
 */

/** Documented: the HMAC of the raw body in hex; the sample has no prefix. Assumed: it may have one, as the classic webhooks do. */
export const KRAKEN_SIGNATURE = { hash: 'sha256', digits: 64, prefix: 'sha256=', prefixIsOptional: true } as const;

/** Documented: the body has no `type`. Assumed: no body of the classic webhooks has an `id` and a `status` instead. */
export const hasKrakenForm = (body: object): boolean => !('type' in body) && 'id' in body && 'status' in body;

/** Documented: `approved` and `rejected`. Assumed: `pending`, which the page had until March 2025, is still sent, and changes nothing. */
export const KRAKEN_STATUSES = ['approved', 'rejected', 'pending'] as const;

/** Why a body with another status is parked. */
export const UNKNOWN_STATUS = 'unknown_status';

/** Documented: text. Assumed: it can be missing, null or empty. */
const Note = v.nullish(v.string('wrong_field'));

/** Assumed: further fields are ignored, as Fractal's list of fields may grow. @param Identifier what an id may be */
export const krakenFields = <Identifier extends v.GenericSchema<unknown, string>>(Identifier: Identifier) => ({
  id: Identifier,
  status: v.pipe(v.string('wrong_field'), v.picklist(KRAKEN_STATUSES, UNKNOWN_STATUS)),
  note: Note,
});

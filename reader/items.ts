import * as v from 'valibot';

const AsOf = { as_of: v.number() };

/** What the table says of a level of a user. `as_of` is epoch milliseconds: since when it is so, by Fractal's time. */
export const LevelItem = v.object({
  user_id: v.string(),
  level: v.string(),
  status: v.picklist(['approved', 'contacted', 'rejected']),
  timestamp: v.string(),
  ...AsOf,
});

/** The e-mail address of a user. `as_of` is when the change was received, since Fractal does not say when it was made. */
export const EmailItem = v.object({ user_id: v.string(), email: v.string(), ...AsOf });

/** A credential that an idOS human has shared. */
export const CredentialItem = v.object({
  idos_human_id: v.string(),
  credential_id: v.string(),
  shared_at: v.string(),
  ...AsOf,
});

export type Level = v.InferOutput<typeof LevelItem>;
export type Email = v.InferOutput<typeof EmailItem>;
export type Credential = v.InferOutput<typeof CredentialItem>;

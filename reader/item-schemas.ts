import * as v from 'valibot';
import type { Credential, Email, Level } from './items.ts';

type Schema<Item> = v.GenericSchema<unknown, Item>;

export const LevelItem: Schema<Level> = v.object({
  user_id: v.string(),
  level: v.string(),
  status: v.picklist(['approved', 'contacted', 'rejected']),
  timestamp: v.string(),
  as_of: v.number(),
});

export const EmailItem: Schema<Email> = v.object({ user_id: v.string(), email: v.string(), as_of: v.number() });

export const CredentialItem: Schema<Credential> = v.object({
  idos_human_id: v.string(),
  credential_id: v.string(),
  shared_at: v.string(),
  as_of: v.number(),
});

/** The schemas of the items of the table. */
export const ITEMS = { level: LevelItem, email: EmailItem, credential: CredentialItem } as const;

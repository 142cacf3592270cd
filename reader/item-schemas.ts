import type * as v from 'valibot';
import { CREDENTIAL, EMAIL, itemOf, KRAKEN_LEVEL, LEVEL } from '../functions/core/facets.ts';
import type { Credential, Email, Level } from './items.ts';

type Schema<Item> = v.GenericSchema<unknown, Item>;

export const LevelItem: Schema<Level> = itemOf(LEVEL);

export const KrakenItem: Schema<Level> = itemOf(KRAKEN_LEVEL);

export const EmailItem: Schema<Email> = itemOf(EMAIL);

export const CredentialItem: Schema<Credential> = itemOf(CREDENTIAL);

/** The schemas of the items of the table. */
export const ITEMS = { level: LevelItem, kraken: KrakenItem, email: EmailItem, credential: CredentialItem } as const;

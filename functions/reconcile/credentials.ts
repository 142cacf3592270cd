import { createPrivateKey, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { parseJson } from '../core/json.ts';
import { AskError } from './ask.ts';
import type { ClassicCredentials } from './classic-list.ts';

/** Kraken's client id, and the key with which its client signs. */
export interface KrakenCredentials {
  readonly clientId: string;
  readonly privateKey: KeyObject;
}

/** The credentials of the APIs to compare with; at least one of them. */
export interface Credentials {
  readonly classic?: ClassicCredentials | undefined;
  readonly kraken?: KrakenCredentials | undefined;
}

const Text = v.pipe(v.string(), v.nonEmpty());
const Classic = v.object({ client_id: Text, client_secret: Text });
const Kraken = v.object({ kraken_client_id: Text, kraken_private_key: Text });

/**
 * The credentials in the secret of the stack.
 *
 * @returns `undefined` if it has none, as before they are entered
 * @throws AskError if the private key is none
 */
export const parseCredentials = (secret: string): Credentials | undefined => {
  const json = parseJson(secret);
  const classic = v.safeParse(Classic, json);
  const kraken = v.safeParse(Kraken, json);
  if (!classic.success && !kraken.success) return undefined;
  return {
    ...(classic.success && { classic: { clientId: classic.output.client_id, clientSecret: classic.output.client_secret } }),
    ...(kraken.success && {
      kraken: {
        clientId: kraken.output.kraken_client_id,
        privateKey: readPrivateKey(kraken.output.kraken_private_key, 'kraken_private_key'),
      },
    }),
  };
};

/**
 * Kraken's tokens are signed with ES512, which needs a key on P-521. https://www.rfc-editor.org/rfc/rfc7518#section-3.4
 *
 * @param pem line breaks may be written as `\n`, as they are in many files of environment variables
 * @param name where it is from
 * @throws AskError
 */
export const readPrivateKey = (pem: string, name: string): KeyObject => {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem.replaceAll('\\n', '\n'));
  } catch {
    throw new AskError(`${name} is no private key in PEM, without a passphrase: -----BEGIN PRIVATE KEY-----, and so on.`);
  }
  if (key.asymmetricKeyDetails?.namedCurve === 'secp521r1') return key;
  throw new AskError(`${name} is a key of another kind than Kraken's, which are elliptic-curve keys on P-521 (secp521r1).`);
};

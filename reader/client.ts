import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** What the reader uses of a client of DynamoDB, of any version and copy, or of a document client. */
export interface AnyClient {
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of each version differ.
  send(...args: any[]): any;
  readonly config: object;
}

/**
 * The client that was given. If it is of an older copy of the SDK (before 3.930) that does not understand the commands of the copy that is
 * found from here, a client with its settings, without its middleware.
 */
export const understanding = (given: AnyClient): Pick<DynamoDBClient, 'send'> => {
  const ofHere = new DynamoDBClient(settingsOf(given));
  // Since then, commands use the protocol of the client. Older commands are understood by every client.
  return hasProtocol(ofHere) && !hasProtocol(given) ? ofHere : (given as DynamoDBClient);
};

const hasProtocol = ({ config }: AnyClient): boolean => 'protocol' in Object(config);

const SETTINGS = ['region', 'credentials', 'endpoint', 'requestHandler', 'maxAttempts'];

const settingsOf = ({ config }: AnyClient): object =>
  Object.fromEntries(
    SETTINGS.flatMap((name) => {
      const value = Object(config)[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

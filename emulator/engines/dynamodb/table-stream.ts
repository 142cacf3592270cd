import { EventEmitter, once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { itemThrough } from '../../aws/call-through.ts';
import type { AwsRequest, Service } from '../../aws/request.ts';

const PAUSE_MS = 500;

type Image = Readonly<Record<string, unknown>>;

/** A stream record with new and old image. `at` is in epoch milliseconds. */
export interface TableChange {
  readonly number: number;
  readonly key: Image;
  readonly before: Image | undefined;
  readonly after: Image | undefined;
  readonly at: number;
}

/** The streams of the tables. */
export interface TableStreams {
  /** Starts to record changes of this table. First completes records that were interrupted when an earlier process was killed. */
  watch(tableName: string, keyNames: readonly string[]): Promise<void>;
  /** Wraps a service, and records the changes of its calls. */
  observe(serve: Service): Service;
  /** The oldest pending changes of a table, in order per item. */
  take(tableName: string, most: number): TableChange[];
  done(changes: readonly TableChange[]): void;
  /** Resolves at the next change. */
  changed(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** A write in progress. */
interface Begun {
  readonly number: number;
  readonly tableName: string;
  readonly key: Image;
  readonly before: Image | undefined;
}

interface Row {
  readonly number: number;
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly at: number;
}

/**
 * DynamoDB Streams for engines without them, recorded with each write.
 *
 * @param dataDir the folder that keeps them across restarts
 */
export const createTableStreams = (dataDir: string | undefined): TableStreams => {
  if (dataDir) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(dataDir ? join(dataDir, 'changes.db') : ':memory:');
  // What is written outlives this process, if not a power cut.
  database.exec('PRAGMA synchronous = OFF');
  database.exec(`CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT, key TEXT, before TEXT, after TEXT, at INTEGER, known INTEGER)`);
  const begin = database.prepare('INSERT INTO changes (table_name, key, before, at, known) VALUES (?, ?, ?, ?, 0)');
  const settle = database.prepare('UPDATE changes SET after = ?, known = 1 WHERE number = ?');
  const remove = database.prepare('DELETE FROM changes WHERE number = ?');
  const oldest = database.prepare('SELECT * FROM changes WHERE table_name = ? AND known = 1 ORDER BY number LIMIT ?');
  const unknown = database.prepare('SELECT * FROM changes WHERE table_name = ? AND known = 0 ORDER BY number');

  /** The names of the key's attributes, by table. */
  const watched = new Map<string, readonly string[]>();
  const held = new Map<string, Promise<unknown>>();
  const news = new EventEmitter();
  let engine: Service | undefined;

  const end = (number: number, before: Image | undefined, after: Image | undefined): void => {
    if (isDeepStrictEqual(before, after)) return void remove.run(number);
    settle.run(after ? JSON.stringify(after) : null, number);
    news.emit('change');
  };

  // Retries until the item can be read, because the write may have succeeded.
  const endWhenKnown = async (serve: Service, { number, tableName, key, before }: Begun): Promise<void> => {
    while (database.isOpen) {
      try {
        return end(number, before, await itemThrough(serve, tableName, key));
      } catch {
        await wait(PAUSE_MS, undefined, { ref: false });
      }
    }
  };

  /** Serializes the writes of each item, so that each old image equals the previous new image. */
  const inTurn = async <T>(
    identities: readonly string[],
    work: () => Promise<{ readonly result: T; readonly settled: Promise<unknown> }>,
  ): Promise<T> => {
    const turn = Promise.all(identities.map((identity) => held.get(identity))).then(work);
    const over = turn.then(({ settled }) => settled).catch(() => {});
    for (const identity of identities) held.set(identity, over);
    over.then(() => {
      for (const identity of identities) if (held.get(identity) === over) held.delete(identity);
    });
    return (await turn).result;
  };

  const observe =
    (serve: Service): Service =>
    async (request) => {
      engine ??= serve;
      const written = writtenBy(request).flatMap(({ tableName, values }) => {
        const keyNames = watched.get(tableName);
        return keyNames ? [{ tableName, key: Object.fromEntries(keyNames.map((name) => [name, values[name]])) }] : [];
      });
      if (written.length === 0) return serve(request);
      return inTurn(
        written.map(({ tableName, key }) => `${tableName} ${JSON.stringify(key)}`),
        async () => {
          const begun: Begun[] = [];
          for (const { tableName, key } of written) {
            const before = await itemThrough(serve, tableName, key);
            const image = before ? JSON.stringify(before) : null;
            const { lastInsertRowid } = begin.run(tableName, JSON.stringify(key), image, Date.now());
            begun.push({ number: Number(lastInsertRowid), tableName, key, before });
          }
          const settle = () => Promise.all(begun.map((one) => endWhenKnown(serve, one)));
          const result = await serve(request).catch(async (error) => {
            await settle();
            throw error;
          });
          // A refused write has changed nothing.
          if (result.status === 400) for (const { number } of begun) remove.run(number);
          return { result, settled: result.status === 400 ? Promise.resolve() : settle() };
        },
      );
    };

  return {
    observe,
    watch: async (tableName, keyNames) => {
      watched.set(tableName, keyNames);
      for (const { number, key, before } of unknown.all(tableName) as unknown as Row[]) {
        if (engine) end(number, parsed(before), await itemThrough(engine, tableName, JSON.parse(key)));
      }
    },
    take: (tableName, most) =>
      (oldest.all(tableName, most) as unknown as Row[]).map(({ number, key, before, after, at }) => ({
        number,
        key: JSON.parse(key),
        before: parsed(before),
        after: parsed(after),
        at,
      })),
    done: (changes) => {
      for (const { number } of changes) remove.run(number);
    },
    changed: async (signal) => void (await once(news, 'change', { signal }).catch(() => {})),
    close: () => database.close(),
  };
};

const parsed = (image: string | null): Image | undefined => (image === null ? undefined : JSON.parse(image));

interface Written {
  readonly Key?: Image;
  readonly Item?: Image;
}

/** The items that a call writes, with their keys among the values. */
const writtenBy = ({ action, body }: AwsRequest): { readonly tableName: string; readonly values: Image }[] => {
  if (!/^(PutItem|UpdateItem|DeleteItem|BatchWriteItem|TransactWriteItems)$/.test(action)) return [];
  const input = JSON.parse(body.toString());
  const one = (tableName: string, { Key, Item }: Written) => ({
    tableName,
    values: Key ?? Item ?? {},
  });
  switch (action) {
    case 'BatchWriteItem':
      return Object.entries<Record<string, Written>[]>(input.RequestItems ?? {}).flatMap(([tableName, requests]) =>
        requests.flatMap((request) => Object.values(request).map((write) => one(tableName, write))),
      );
    case 'TransactWriteItems':
      return (input.TransactItems ?? []).flatMap((item: Record<string, Written & { readonly TableName: string }>) =>
        Object.entries(item).flatMap(([kind, write]) => (kind === 'ConditionCheck' ? [] : [one(write.TableName, write)])),
      );
    default:
      return [one(input.TableName, input)];
  }
};

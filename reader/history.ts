import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { envelopeOfRecord, HISTORY_START, itemsAsOf } from '../functions/core/record.ts';
import type { StoredItem } from '../functions/core/state.ts';
import { createStateReader } from '../functions/state-reader.ts';
import type { Delivery } from './items.ts';

/** Reads the history of a receiver, if its table is known. */
export const createHistoryReader = (client: Pick<DynamoDBClient, 'send'>, name: string | undefined, consistent: boolean) => {
  const table = () => {
    if (name) return createStateReader(client, name, consistent);
    throw new Error('createReader: historyTableName is missing. It is the output HistoryTableName of the receiver.');
  };
  return {
    of: async (pk: string): Promise<Delivery[]> =>
      (await table().under(pk)).flatMap(deliveryOf).sort((a, b) => Number(a.received_at) - Number(b.received_at)),

    /** The items that a partition had, by what had been received. */
    itemsBy: async (pk: string, time: Date): Promise<StoredItem[]> => {
      const [start, records] = await Promise.all([table().one(HISTORY_START), table().under(pk)]);
      const at = time.getTime();
      if (!(at <= Date.now())) throw new RangeError('asOf: the time is in the future, or no time.');
      const since = start?.complete_since;
      if (typeof since !== 'number') throw new RangeError('asOf: it is not known since when the history is complete.');
      if (at < since) throw new RangeError(`asOf: the history is complete since ${new Date(since).toISOString()}.`);
      return [...itemsAsOf(records, at).values()];
    },
  };
};

const deliveryOf = (record: StoredItem): Delivery[] => {
  const envelope = envelopeOfRecord(record);
  if (!envelope) return [];
  const { id, receivedAt, bytes, source = 'webhook' } = envelope;
  const [received_at, recorded_at] = [receivedAt, Number(record.recorded_at)].map((at) => new Date(at)) as [Date, Date];
  return [{ id, type: String(record.type), received_at, recorded_at, body: new Uint8Array(bytes), source }];
};

import { type AttributeValue, DynamoDBClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import type { StoredItem } from '../functions/core/state.ts';
import { plainItem } from '../functions/plain-item.ts';
import { waitingFor } from './finish.ts';
import type { Target } from './target.ts';

/** In how many parallel scans a table is read. */
export const SEGMENTS = 4;
const SHOW_EVERY = 100_000;

export type ScanInput = Omit<ScanCommandInput, 'Segment' | 'TotalSegments' | 'ExclusiveStartKey'>;

/** The key after which a segment goes on; `null` if it has been read to its end. */
export type Position = Record<string, AttributeValue> | null | undefined;

/** A page of one segment of a table. */
export interface Page {
  readonly items: readonly StoredItem[];
  readonly segment: number;
  readonly next: Position;
}

export interface ScanOptions {
  readonly stopping?: AbortSignal | undefined;
  /** Where each segment goes on. */
  readonly from?: readonly Position[];
  /** Called before each page, to wait for read capacity. */
  readonly before?: () => Promise<void>;
  /** Called with the read capacity that a page has consumed. */
  readonly consumed?: (units: number) => void;
}

/**
 * Reads a table in four parallel scans, and shows on a terminal how many items were read.
 *
 * @param onPage called for the pages of a segment one after the other
 */
export const scan = async (
  { client }: Pick<Target, 'client'>,
  input: ScanInput,
  onPage: (page: Page) => Promise<void> | void,
  { stopping, from = [], before, consumed }: ScanOptions = {},
): Promise<void> => {
  const dynamodb = new DynamoDBClient(client);
  let read = 0;
  let shown = 0;
  const scanSegment = async (segment: number): Promise<void> => {
    for (let next: Position = from[segment]; next !== null; ) {
      stopping?.throwIfAborted();
      await before?.();
      const page = await dynamodb.send(
        new ScanCommand({ ...input, Segment: segment, TotalSegments: SEGMENTS, ExclusiveStartKey: next }),
      );
      consumed?.(page.ConsumedCapacity?.CapacityUnits ?? 0);
      next = page.LastEvaluatedKey ?? null;
      await onPage({ items: (page.Items ?? []).map(plainItem), segment, next });
      read += page.ScannedCount ?? page.Items?.length ?? 0;
      if (read > shown + SHOW_EVERY) {
        shown = read;
        waitingFor(`the table: ${read} items read`);
      }
    }
  };
  await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => scanSegment(segment)));
};

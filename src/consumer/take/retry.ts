/** What is parked of an order, taken again: all of it takes effect, or all of it stays. */
import type { Read } from '../read/event.js';
import { type ConsumedRecord, placeOf } from '../read/record.js';
import { freeOrder, holdOrders, type OrderName } from '../store/orders.js';
import { claimDiscarded, placeId } from '../store/ids.js';
import { parkedRecords, removeOne, removeParked } from '../store/parked.js';
import { type Database, inTransaction } from '../store/transaction.js';
import { effectWords, failureOf } from './effects.js';
import { take, type Taken, type TakeOptions } from './take.js';

export type RetryOutcome =
  | { readonly done: true; readonly taken: Taken }
  /** Why it stays. */
  | { readonly done: false; readonly text: string };

class StillParked extends Error {}

/** Gives up the record that the others of its order wait for. */
export async function discardFirst(
  database: Database,
  order: OrderName,
  read: (record: ConsumedRecord) => Read,
  consumer: string,
): Promise<void> {
  await inTransaction(database, async (tx) => {
    const [first] = await parkedRecords(tx, consumer, order);
    if (first === undefined) return;
    const seen = read(first);
    const place = placeOf(first);
    // Ids first, as everywhere. Read again, it has no effect and is not parked.
    await claimDiscarded(tx, consumer, seen.kind === 'event' ? seen.id : placeId(place), place);
    await removeOne(tx, consumer, place);
  });
}

/** @throws what is not the fault of an event; then nothing was done. */
export async function retry(
  database: Database,
  order: OrderName,
  read: (record: ConsumedRecord) => Read,
  options: TakeOptions,
): Promise<RetryOutcome> {
  const { consumer } = options;
  try {
    const taken = await inTransaction(database, async (tx) => {
      const records = await parkedRecords(tx, consumer, order);
      const again = await take(tx, records.map(read), { ...options, isRetry: true });
      const [still] = again.parked;
      if (still !== undefined) throw new StillParked(`${still.code}: ${still.text}`);
      // Ids first, then the order, as everywhere. Nothing more can be parked behind it from here on.
      await holdOrders(tx, consumer, [order]);
      if ((await removeParked(tx, consumer, order)) !== records.length)
        throw new StillParked('More of its events were parked meanwhile. Try again.');
      await freeOrder(tx, consumer, order);
      return again;
    });
    return { done: true, taken };
  } catch (error) {
    if (error instanceof StillParked) return { done: false, text: error.message };
    const { cause, isOfEvent } = failureOf(error);
    if (!isOfEvent) throw cause;
    return { done: false, text: `EFFECT_FAILED: ${effectWords(cause)}` };
  }
}

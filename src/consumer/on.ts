/** What a consumer does with the events of a contract. */
import {
  type AnyContract,
  type EventMetadata,
  readContract,
  type ReadContract,
  type ValueOf,
} from './read/contract.js';
import type { Fields } from './read/content.js';
import type { Place } from './read/record.js';
import type { Queries } from './store/transaction.js';

/** `next` is the rule; the others are told, too ({@link Notice}). */
export type EventStanding = 'next' | 'begins-late' | 'after-gap' | 'late';

export interface ReceivedEvent<T = EventMetadata & Fields> {
  /** The same in every copy of it, for ever. */
  readonly id: string;
  /** With major version: `OrderReady.v1`. */
  readonly contract: string;
  /** Business key: the id of the order. */
  readonly key: string;
  /** 1, 2, 3 ... among the events of this order under this contract and major version. */
  readonly sequence: number;
  /** Where its number stands among those that were seen. */
  readonly standing: EventStanding;
  readonly value: T;
  readonly place: Place;
}

/** Its changes are committed together with the note that they were done. What it throws undoes all of it. */
export type Effect<T> = (event: ReceivedEvent<T>, tx: Queries) => unknown;
/** The same for many at once, of different orders or in the order of their numbers. */
export type BatchEffect<T> = (events: readonly ReceivedEvent<T>[], tx: Queries) => unknown;

export interface Reading {
  readonly contract: ReadContract;
  readonly effect: BatchEffect<never>;
}

/** For each event by itself. @throws DragomanError CONSUMER_INVALID */
export const on = <C extends AnyContract>(contract: C, effect: Effect<ValueOf<C>>): Reading =>
  onBatch(contract, async (events, tx) => {
    for (const event of events) await effect(event, tx);
  });

/** For all new events of a batch: fewer round trips. It is given one event alone, too. @throws DragomanError CONSUMER_INVALID */
export const onBatch = <C extends AnyContract>(contract: C, effect: BatchEffect<ValueOf<C>>): Reading => ({
  contract: readContract(contract),
  effect,
});

/**
 * The outbox of a service: events under contracts that it owns, written in the transaction in which it does what they tell. And the other way:
 * records of the ownership topic and of contract topics, from which it learns what it owns and which numbers are taken.
 *
 * O1 nothing is published by a route that the service does not own when its transaction ends.
 * O2 no event of the service stands behind its own handover record: who publishes holds the contract's lock with others until its
 *    transaction ends, who hands back holds it alone, and the connector keeps the order in which transactions ended.
 * O3 numbers of a key under a contract go on where others stopped, without gaps; a fact that was published is not published again.
 */
import type { AnyContract, EventMetadata, ExportedContract, ValueOf } from '../../consumer/read/contract.js';
import type { ConsumedRecord } from '../../consumer/read/record.js';
import { type Database, inTransaction, type Queries } from '../../consumer/store/transaction.js';
import { type Handover, handoverRecord } from '../../domain/ownership/handover.js';
import { OWNERSHIP_EPOCH_HEADER, serviceProducer } from '../../domain/ownership/headers.js';
import { DragomanError } from '../../errors.js';
import type { Context } from '../../rules/fact.js';
import type { OwnContract } from '../event/contract.js';
import { made, type Said } from '../event/making.js';
import { heardIn } from '../routes/heard.js';
import { allowed, type Heard, moved } from '../routes/standing.js';
import { type ProducerOptions, settingsOf, type Settings } from '../settings.js';
import {
  allRoutes,
  beginCounts,
  countHeard,
  deleteOld,
  heldRoutes,
  holdRoutes,
  keepRoutes,
  knownOf,
  nextNumber,
  putOut,
  stopRoutes,
} from './tables.js';

export interface OutboxOptions extends ProducerOptions {
  /** How many partitions a topic has, asked whenever a route moves. See `partitionsBy`. */
  readonly partitionsOf: (topic: string) => Promise<number>;
  /** How long handing back waits for transactions that publish. Then {@link Outbox.take} throws, and is to be called again. */
  readonly handBackWaitMaxMs?: number;
  /** How long rows of the outbox are kept: longer than the connector is ever away. */
  readonly outboxKeptDays?: number;
  /** How long after its last event the numbers of a key are kept. */
  readonly countsKeptDays?: number;
}

/** Key, context and business fields; the type of a contract out of rules has its business fields alone. */
export type OwnValue<C> = Omit<ValueOf<C>, keyof EventMetadata> &
  (C extends ExportedContract<unknown> ? unknown : Readonly<Record<string, unknown>>);

export interface Publishing extends Said {
  /**
   * Number of the last event of its key under the contract, where none was read: 0, if there is none. Not said: such an event is refused.
   */
  readonly before?: number;
}

export interface Published {
  readonly id: string;
  /** Null: the fact was published before, by whomever, and nothing was written. */
  readonly sequence: number | null;
}

const HAND_BACK_WAIT_MAX_MS = 5_000;
export const OUTBOX_KEPT_DAYS = 7;
export const COUNTS_KEPT_DAYS = 400;

export class Outbox {
  /** To be read from their beginning, by one group of the service: its records go to {@link take}. */
  readonly topics: readonly string[];
  readonly #options: Required<Omit<OutboxOptions, keyof ProducerOptions>>;
  readonly #settings: Settings;

  /** @throws DragomanError PRODUCER_INVALID */
  constructor({
    partitionsOf,
    handBackWaitMaxMs = HAND_BACK_WAIT_MAX_MS,
    outboxKeptDays = OUTBOX_KEPT_DAYS,
    countsKeptDays = COUNTS_KEPT_DAYS,
    ...options
  }: OutboxOptions) {
    this.#options = { partitionsOf, handBackWaitMaxMs, outboxKeptDays, countsKeptDays };
    this.#settings = settingsOf(options);
    this.topics = this.#settings.topics;
  }

  /**
   * Inside a transaction of the service, which may fail still. Nothing is written when it throws.
   * @throws DragomanError EVENT_INVALID, ROUTE_NOT_OWNED, SEQUENCE_UNKNOWN, PRODUCER_INVALID, OUTBOX_ISOLATED, OUTBOX_MISSING
   */
  async publish<C extends AnyContract>(
    tx: Queries,
    contract: C,
    value: OwnValue<C>,
    { before, ...said }: Publishing,
  ): Promise<Published> {
    const { contractOf, now, owner } = this.#settings;
    const event = made(contractOf(contract), value, said, this.#settings, now());
    const { contract: own, id, key, context } = event;
    if (before !== undefined && !(Number.isSafeInteger(before) && before >= 0)) throw noNumber(own, before);
    await holdRoutes(tx, own.text);
    const { routes, isOwn, isKnown, isCounted } = await knownOf(tx, own.text, key);
    const epoch = allowed(routes, { owner, routed: { id: key, context }, isOwn, isOfOthers: isKnown && !isOwn });
    if (typeof epoch === 'string') throw notOwned(own, key, epoch);
    if (!isCounted && before === undefined) throw unknownNumber(own, key);
    const sequence = await nextNumber(tx, { contract: own.text, key, id, before: before ?? 0 });
    if (sequence !== null) await putOut(tx, event.record({ sequence, epoch }), null);
    return { id, sequence };
  }

  /**
   * Inside the transaction in which the service begins an aggregate of which there is nothing to tell yet: from here on it is its own under all of its
   * contracts, and stays so when their routes are handed back before its first event. Told again, it changes nothing.
   * @param context as its events say it.
   * @throws DragomanError ROUTE_NOT_OWNED, OUTBOX_ISOLATED, OUTBOX_MISSING
   */
  async begin(tx: Queries, key: string, context: Context): Promise<void> {
    const { contracts, owner } = this.#settings;
    const texts = contracts.map(({ text }) => text).sort(); // in one order, as others who begin have it
    for (const text of texts) {
      await holdRoutes(tx, text);
      const { routes, isOwn, isKnown } = await knownOf(tx, text, key);
      if (isOwn) return;
      const epoch = allowed(routes, { owner, routed: { id: key, context }, isOwn, isOfOthers: isKnown });
      if (typeof epoch === 'string') throw notOwned({ text }, key, epoch);
    }
    await beginCounts(tx, texts, key);
  }

  /**
   * Records of {@link topics}: what they say of numbers is kept, then what they say of routes, and what is asked back is handed back. Each contract has a
   * transaction of its own: who publishes under several would wait for us, and we for them. Offsets are committed after it has resolved; read again, a
   * record changes nothing.
   * @throws what the database throws: then give it the same records again.
   */
  async take(database: Database, records: readonly ConsumedRecord[]): Promise<void> {
    const { moves, counted } = heardIn(records, this.#settings);
    if (counted.length > 0) await inTransaction(database, (tx) => countHeard(tx, counted));
    for (const text of new Set(moves.map(({ handover }) => handover.contract))) {
      const contract = this.#contract(text);
      const partitions = await this.#partitionsOf(contract.topic);
      const own = moves.filter(({ handover }) => handover.contract === text);
      await inTransaction(database, (tx) => this.#move(tx, contract, own, partitions));
    }
  }

  /** What was heard of each contract's routes. */
  standing(database: Database): ReturnType<typeof allRoutes> {
    return inTransaction(database, allRoutes);
  }

  /** Deletes what need not be known any more; to be called once a day. */
  cleanUp(database: Database): Promise<void> {
    const { outboxKeptDays, countsKeptDays } = this.#options;
    return inTransaction(database, (tx) => deleteOld(tx, outboxKeptDays, countsKeptDays));
  }

  /** Of none, a move would be done before anything was read. */
  async #partitionsOf(topic: string): Promise<number> {
    const count = await this.#options.partitionsOf(topic);
    if (Number.isSafeInteger(count) && count > 0) return count;
    throw new DragomanError('PRODUCER_INVALID', `Topic ${topic} is said to have ${count} partitions (partitionsOf).`);
  }

  /** @param partitions of its topic. */
  async #move(tx: Queries, contract: OwnContract, moves: readonly Heard[], partitions: number): Promise<void> {
    let routes = await heldRoutes(tx, contract.text);
    let isStopped = false;
    for (const heard of moves) {
      const after = moved(routes, heard, partitions);
      if (after.isLoss && !isStopped) await stopRoutes(tx, contract.text, this.#options.handBackWaitMaxMs);
      isStopped ||= after.isLoss;
      if (after.handBack !== null)
        for (const record of this.#handoverRecords(contract, after.handBack, partitions))
          await putOut(tx, record, record.partition);
      routes = after.routes;
    }
    await keepRoutes(tx, contract.text, routes);
  }

  #handoverRecords({ topic }: OwnContract, asked: Handover, partitions: number) {
    const { service, eventSource, now } = this.#settings;
    const producer = serviceProducer(service);
    const { contract, selector, epoch, from, to, pipeline, reason } = asked;
    const answer: Handover = {
      ...{ v: 1, contract, selector, epoch, from, to, at: new Date(now()).toISOString() },
      ...{ pipeline, shard: 0, shards: 1, by: producer, reason },
    };
    return Array.from({ length: partitions }, (_, partition) => {
      const { key, value, headers } = handoverRecord(answer, partition, { source: eventSource, producer });
      return { topic, key, value, partition, headers: { ...headers, [OWNERSHIP_EPOCH_HEADER]: String(epoch) } };
    });
  }

  /** @param text of a contract of this service. */
  #contract(text: string): OwnContract {
    return this.#settings.contracts.find((contract) => contract.text === text) as OwnContract;
  }
}

const notOwned = ({ text }: Pick<OwnContract, 'text'>, key: string, why: string): DragomanError =>
  new DragomanError(
    'ROUTE_NOT_OWNED',
    `${text} of ${key} is not this service's to publish: ${why}. Nothing was written. Move the route first (dragoman routes move), or leave it to Dragoman.`,
  );

const noNumber = ({ text }: OwnContract, before: number): DragomanError =>
  new DragomanError(
    'EVENT_INVALID',
    `An event of ${text} cannot be published: before is ${before}, and not how many events its key had. Nothing was written.`,
  );

const unknownNumber = ({ text }: OwnContract, key: string): DragomanError =>
  new DragomanError(
    'SEQUENCE_UNKNOWN',
    `Nothing was read of ${key} under ${text}, so its next number is not known. Say how many events it had before (before; 0 where it had none). Nothing was written.`,
  );

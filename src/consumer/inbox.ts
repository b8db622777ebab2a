/**
 * The inbox of a consumer: records of contract topics in, effects in the consumer's own database out, each exactly once. Whoever reads Kafka
 * commits offsets only after {@link Inbox.take} has resolved; what is read again then has no effect.
 */
import { DragomanError } from '../errors.js';
import { CONSUMER_CODES, type ConsumerCode } from './codes.js';
import { deadLetter, type DeadLetterSink } from './dead-letters.js';
import type { Reading } from './on.js';
import { EventReader, type Read, type Refused } from './read/event.js';
import type { ConsumedRecord } from './read/record.js';
import { cleanUp, type CleanedUp } from './store/clean-up.js';
import { closeGaps, openGaps, type OpenGaps, type OrderName } from './store/orders.js';
import { parkedOrders, type ParkedOrder } from './store/parked.js';
import { type Database, inTransaction } from './store/transaction.js';
import { effectWords, failureOf } from './take/effects.js';
import type { Notice } from './take/notice.js';
import { discardFirst, retry } from './take/retry.js';
import { take, type Taken } from './take/take.js';

export interface InboxOptions {
  /** Its name in the tables; two consumers of one name are one. */
  readonly consumer: string;
  readonly reads: readonly Reading[];
  /** Told of all that is not simply the next event of its order, once it is committed; not of types and older majors that are not read. */
  readonly tell?: (notice: Notice) => void;
  /** Given a copy of what is parked for itself. Absent: it is in the table only. */
  readonly deadLetters?: DeadLetterSink;
  /** Larger values are parked. */
  readonly valueBytesMax?: number;
  /** With more of them `take` throws INBOX_FULL. */
  readonly parkedOrdersMax?: number;
  /** The same of records: those that wait behind parked ones count, too. */
  readonly parkedRecordsMax?: number;
  /** How long ids are kept; longer than anybody would read or publish again. */
  readonly eventsKeptDays?: number;
  /** How long after its last event an order's numbers are kept. */
  readonly ordersKeptDays?: number;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

const VALUE_BYTES_MAX = 10_485_760;
const PARKED_ORDERS_MAX = 1_000;
const PARKED_RECORDS_MAX = 100_000;
const EVENTS_KEPT_DAYS = 30;
const ORDERS_KEPT_DAYS = 400;
const DAY_MS = 86_400_000;
const LISTED_MAX = 1_000;

export type Retried =
  { readonly done: true; readonly applied: number } | { readonly done: false; readonly text: string };

export class Inbox {
  /** Since the process began. */
  readonly counts: Readonly<Record<ConsumerCode | 'applied', number>>;
  readonly #counts: Record<ConsumerCode | 'applied', number>;
  readonly #options: Required<Omit<InboxOptions, 'deadLetters'>>;
  readonly #deadLetters: DeadLetterSink | undefined;
  readonly #reader: EventReader;
  /** Later majors that were told of: once is enough, for they come with each event until the switch. */
  readonly #later = new Set<string>();

  /** @throws DragomanError CONSUMER_INVALID */
  constructor({ deadLetters, ...options }: InboxOptions) {
    this.#options = {
      tell: () => undefined,
      valueBytesMax: VALUE_BYTES_MAX,
      parkedOrdersMax: PARKED_ORDERS_MAX,
      parkedRecordsMax: PARKED_RECORDS_MAX,
      eventsKeptDays: EVENTS_KEPT_DAYS,
      ordersKeptDays: ORDERS_KEPT_DAYS,
      now: Date.now,
      ...options,
    };
    assertValid(this.#options);
    this.#deadLetters = deadLetters;
    const { reads, valueBytesMax, now } = this.#options;
    this.#reader = new EventReader({ contracts: reads.map(({ contract }) => contract), valueBytesMax, now });
    const codes = Object.keys(CONSUMER_CODES) as ConsumerCode[];
    this.#counts = {
      ...(Object.fromEntries(codes.map((code) => [code, 0])) as Record<ConsumerCode, number>),
      applied: 0,
    };
    this.counts = this.#counts;
  }

  /**
   * All of them in one transaction, in the order in which they were read. What is not new has no effect; what cannot take effect is parked, and
   * all others go on.
   * @throws what is not the fault of an event (a lost connection, a dead letter that cannot be written); then nothing, or all of it, was done: give
   * it the same records again. DragomanError INBOX_MISSING, INBOX_FULL
   */
  async take(database: Database, records: readonly ConsumedRecord[]): Promise<void> {
    if (records.length > 0)
      await this.#take(
        database,
        records.map((record) => this.#reader.read(record)),
      );
  }

  /** Tries again what is parked of an order, all of it in one transaction or nothing. */
  async retry(database: Database, order: OrderName): Promise<Retried> {
    const read = (record: ConsumedRecord): Read => this.#reader.read(record);
    const retried = await retry(database, order, read, this.#takeOptions);
    if (retried.done) this.#tell(retried.taken);
    return retried.done ? { done: true, applied: retried.taken.applied } : retried;
  }

  /** Gives up the record that the others of its order wait for, and tries those again. Its number stays a gap. */
  async discard(database: Database, order: OrderName): Promise<Retried> {
    await discardFirst(database, order, (record) => this.#reader.read(record), this.#options.consumer);
    return this.retry(database, order);
  }

  /** At most 1,000 of them. */
  parked(database: Database): Promise<readonly ParkedOrder[]> {
    return inTransaction(database, (tx) => parkedOrders(tx, this.#options.consumer, LISTED_MAX));
  }

  /** Numbers that were not seen; of at most 1,000 orders, first those of which nothing came for the longest time. */
  gaps(database: Database): Promise<readonly OpenGaps[]> {
    return inTransaction(database, (tx) => openGaps(tx, this.#options.consumer, LISTED_MAX));
  }

  /**
   * Waits no more for numbers that were not seen, because what they told is settled otherwise: an event that comes under one of them after all has no
   * effect (SEQUENCE_CLOSED), and an order without open gaps is deleted when it is old. @param open as {@link Inbox.gaps} gives it, or a part of its gaps.
   */
  closeGaps(database: Database, open: Omit<OpenGaps, 'seen'>): Promise<void> {
    return inTransaction(database, (tx) => closeGaps(tx, this.#options.consumer, open));
  }

  /** Deletes what need not be known any more, in small transactions; to be called once an hour or once a day. */
  cleanUp(database: Database): Promise<CleanedUp> {
    return cleanUp(database, this.#options);
  }

  get #takeOptions() {
    const { consumer, reads: readings, parkedOrdersMax, parkedRecordsMax, eventsKeptDays, now } = this.#options;
    return {
      consumer,
      readings,
      parkedOrdersMax,
      parkedRecordsMax,
      idsKeptSinceMs: () => now() - eventsKeptDays * DAY_MS,
    };
  }

  async #take(database: Database, reads: readonly Read[]): Promise<void> {
    try {
      return await this.#commit(database, reads);
    } catch (error) {
      const { cause, isOfEvent } = failureOf(error);
      if (!isOfEvent) throw cause;
      if (reads.length === 1)
        return this.#commit(
          database,
          reads.map((read) => failed(read, cause)),
        );
    }
    // One of them cannot take effect: each by itself, so that only that one is parked.
    for (const read of reads) await this.#take(database, [read]);
  }

  async #commit(database: Database, reads: readonly Read[]): Promise<void> {
    const taken = await inTransaction(database, (tx) => take(tx, reads, this.#takeOptions));
    this.#tell(taken);
    const own = taken.parked.filter(({ code }) => code !== 'ORDER_WAITS');
    const { consumer, now } = this.#options;
    if (own.length > 0) await this.#deadLetters?.(own.map((one) => deadLetter(one, consumer, now())));
  }

  #tell({ applied, notices, quiet }: Taken): void {
    this.#counts.applied += applied;
    for (const code of quiet) this.#counts[code] += 1;
    for (const notice of notices) {
      this.#counts[notice.code] += 1;
      if (notice.code === 'VERSION_NEWER') {
        if (this.#later.has(notice.text)) continue;
        this.#later.add(notice.text);
      }
      this.#options.tell(notice);
    }
  }
}

function failed(read: Read, cause: unknown): Refused {
  return { kind: 'refused', code: 'EFFECT_FAILED', text: effectWords(cause), record: read.record };
}

function assertValid({ consumer, reads }: Pick<InboxOptions, 'consumer' | 'reads'>): void {
  const names = reads.map(({ contract: { name, version } }) => `${name} v${version}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  const fault =
    consumer === ''
      ? 'It has no name (consumer)'
      : names.length === 0
        ? 'It reads no contract (reads)'
        : twice === undefined
          ? null
          : `It reads ${twice} twice`;
  if (fault !== null) throw new DragomanError('CONSUMER_INVALID', `The inbox cannot work: ${fault}.`);
}

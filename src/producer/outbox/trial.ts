/**
 * The outbox of a service that owns nothing yet: every fact goes to the trial topic of its contract, and Dragoman compares it with what it decides
 * itself (docs/parity.md). Numbers are its own, from 1 on for each key under a contract; nothing is heard, and nothing is handed over. It may
 * stand beside an `Outbox` over the same tables.
 */
import type { AnyContract } from '../../consumer/read/contract.js';
import { type Database, inTransaction, type Queries } from '../../consumer/store/transaction.js';
import { trialTopic } from '../../domain/ownership/topics.js';
import { made, type Said } from '../event/making.js';
import { type MakingOptions, type MakingSettings, makingSettings } from '../settings.js';
import { COUNTS_KEPT_DAYS, OUTBOX_KEPT_DAYS, type OutboxOptions, type OwnValue, type Published } from './outbox.js';
import { deleteOld, nextNumber, putOut, TRIED } from './tables.js';

export type TrialOutboxOptions = MakingOptions & Pick<OutboxOptions, 'outboxKeptDays' | 'countsKeptDays'>;

export class TrialOutbox {
  readonly #days: readonly [outbox: number, counts: number];
  readonly #settings: MakingSettings;

  /** @throws DragomanError PRODUCER_INVALID */
  constructor({
    outboxKeptDays = OUTBOX_KEPT_DAYS,
    countsKeptDays = COUNTS_KEPT_DAYS,
    ...options
  }: TrialOutboxOptions) {
    this.#days = [outboxKeptDays, countsKeptDays];
    this.#settings = makingSettings(options);
  }

  /**
   * Inside a transaction of the service, which may fail still: what it is about to do, as it would tell it. Nothing is written when it throws.
   * @throws DragomanError EVENT_INVALID, PRODUCER_INVALID, OUTBOX_MISSING
   */
  async publish<C extends AnyContract>(tx: Queries, contract: C, value: OwnValue<C>, said: Said): Promise<Published> {
    const { contractOf, now } = this.#settings;
    const { contract: own, id, key, record } = made(contractOf(contract), value, said, this.#settings, now());
    const sequence = await nextNumber(tx, { contract: own.text + TRIED, key, id, before: 0 });
    // No move led to it.
    if (sequence !== null) await putOut(tx, tried(record({ sequence, epoch: 0 })), null);
    return { id, sequence };
  }

  /** Deletes what need not be known any more; to be called once a day, where no `Outbox` over the same tables does it. */
  cleanUp(database: Database): Promise<void> {
    return inTransaction(database, (tx) => deleteOld(tx, ...this.#days));
  }
}

const tried = <R extends { readonly topic: string }>(record: R): R => ({ ...record, topic: trialTopic(record.topic) });

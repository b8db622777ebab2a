/**
 * The transaction coordinator of the fake cluster (KIP-98, TransactionCoordinator.scala of Kafka 4, for clients of before KIP-890 part 2).
 *
 * A Kafka transaction is decided at one instant (PrepareCommit, PrepareAbort); its markers reach each partition, and the group's offsets,
 * some time later, one by one. Until all are written the coordinator answers CONCURRENT_TRANSACTIONS. InitProducerId on an open one
 * aborts it under the next epoch and answers the same until that is done: a successful answer means that nothing of the former owner can
 * still be committed and that what it had committed is complete.
 */
import { CODES } from './codes.js';
import type { ProducerIdentity } from './partition-log.js';
import type { Surroundings } from './surroundings.js';

type State = 'empty' | 'ongoing' | 'prepareCommit' | 'prepareAbort' | 'completeCommit' | 'completeAbort';

interface Transaction {
  producerId: number;
  epoch: number;
  state: State;
  timeoutMs: number;
  /** Number of the transaction, for what comes later than its end. */
  serial: number;
  readonly partitions: Set<string>;
  readonly groups: Set<string>;
}

export interface Markers {
  /** Writes a marker into a partition. */
  readonly partition: (partition: string, producer: ProducerIdentity, kind: 'commit' | 'abort') => void;
  /** Makes the offsets that were sent with a Kafka transaction those of the group, or drops them. */
  readonly group: (group: string, producer: ProducerIdentity, kind: 'commit' | 'abort') => void;
  /** Told at the instant of the decision, before any marker is written. */
  readonly decided: (decided: Decided) => void;
}

/** A Kafka transaction that will be committed, or aborted, whatever happens. */
export interface Decided {
  readonly producerId: number;
  readonly kind: 'commit' | 'abort';
  readonly partitions: readonly string[];
}

export interface MarkerDelays {
  /** Most markers take up to so long. */
  readonly usualMs: number;
  /** One in so many takes up to so long: a partition without leader, a coordinator that moves. */
  readonly slowShare: number;
  readonly slowMs: number;
  /** One in so many is written into its partition twice: a coordinator that took over does not know of the first time. */
  readonly twiceShare: number;
}

const RESULT_OF = { commit: 'prepareCommit', abort: 'prepareAbort' } as const;

export class TransactionCoordinator {
  readonly #surroundings: Surroundings;
  readonly #markers: Markers;
  readonly #delays: () => MarkerDelays;
  readonly #transactions = new Map<string, Transaction>();
  #lastProducerId = 0;
  #serial = 0;

  constructor(surroundings: Surroundings, markers: Markers, delays: () => MarkerDelays) {
    this.#surroundings = surroundings;
    this.#markers = markers;
    this.#delays = delays;
  }

  initProducerId(id: string, timeoutMs: number): ProducerIdentity | number {
    const known = this.#transactions.get(id);
    if (known === undefined) {
      const created = { producerId: (this.#lastProducerId += 1), epoch: 0 };
      const partitions = new Set<string>();
      this.#transactions.set(id, { ...created, state: 'empty', timeoutMs, serial: 0, partitions, groups: new Set() });
      return created;
    }
    if (known.state === 'prepareCommit' || known.state === 'prepareAbort') return CODES.CONCURRENT_TRANSACTIONS;
    known.epoch += 1;
    if (known.state === 'ongoing') {
      this.#decide(known, 'abort');
      return CODES.CONCURRENT_TRANSACTIONS;
    }
    known.state = 'empty';
    known.timeoutMs = timeoutMs;
    return { producerId: known.producerId, epoch: known.epoch };
  }

  addPartitions(id: string, producer: ProducerIdentity, partitions: readonly string[]): number {
    return this.#add(id, producer, (transaction) => partitions.forEach((one) => transaction.partitions.add(one)));
  }

  addOffsets(id: string, producer: ProducerIdentity, group: string): number {
    return this.#add(id, producer, (transaction) => transaction.groups.add(group));
  }

  #add(id: string, producer: ProducerIdentity, change: (transaction: Transaction) => void): number {
    const transaction = this.#of(id, producer);
    if (typeof transaction === 'number') return transaction;
    if (transaction.state === 'prepareCommit' || transaction.state === 'prepareAbort')
      return CODES.CONCURRENT_TRANSACTIONS;
    if (transaction.state !== 'ongoing') this.#begin(transaction);
    change(transaction);
    return CODES.NONE;
  }

  #begin(transaction: Transaction): void {
    transaction.state = 'ongoing';
    transaction.partitions.clear();
    transaction.groups.clear();
    const serial = (transaction.serial = this.#serial += 1);
    this.#surroundings.after(transaction.timeoutMs, () => {
      if (transaction.state !== 'ongoing' || transaction.serial !== serial) return;
      transaction.epoch += 1;
      this.#decide(transaction, 'abort');
    });
  }

  /** Whether a batch, or offsets, belong to a transaction that is open (KIP-890 part 1). */
  verify(
    producer: ProducerIdentity,
    isPart: (transaction: { partitions: ReadonlySet<string>; groups: ReadonlySet<string> }) => boolean,
  ): number {
    const transaction = [...this.#transactions.values()].find(({ producerId }) => producerId === producer.producerId);
    if (transaction === undefined) return CODES.INVALID_PRODUCER_ID_MAPPING;
    if (transaction.epoch !== producer.epoch) return CODES.INVALID_PRODUCER_EPOCH;
    return transaction.state === 'ongoing' && isPart(transaction) ? CODES.NONE : CODES.INVALID_TXN_STATE;
  }

  end(id: string, producer: ProducerIdentity, result: 'commit' | 'abort'): number {
    const transaction = this.#of(id, producer);
    if (typeof transaction === 'number') return transaction;
    switch (transaction.state) {
      case 'ongoing':
        this.#decide(transaction, result);
        return CODES.NONE;
      case 'prepareCommit':
      case 'prepareAbort':
        return transaction.state === RESULT_OF[result] ? CODES.CONCURRENT_TRANSACTIONS : CODES.INVALID_TXN_STATE;
      case 'completeCommit':
        return result === 'commit' ? CODES.NONE : CODES.INVALID_TXN_STATE;
      case 'completeAbort':
        return result === 'abort' ? CODES.NONE : CODES.INVALID_TXN_STATE;
      case 'empty':
        return CODES.INVALID_TXN_STATE;
    }
  }

  /** `transactional.id.expiration.ms` has passed: the next producer gets another id, requests of the last one are refused. */
  expire(id: string): void {
    const state = this.#transactions.get(id)?.state;
    if (state === 'empty' || state === 'completeCommit' || state === 'completeAbort') this.#transactions.delete(id);
  }

  #of(id: string, { producerId, epoch }: ProducerIdentity): Transaction | number {
    const transaction = this.#transactions.get(id);
    if (transaction?.producerId !== producerId) return CODES.INVALID_PRODUCER_ID_MAPPING;
    return transaction.epoch === epoch ? transaction : CODES.INVALID_PRODUCER_EPOCH;
  }

  #decide(transaction: Transaction, result: 'commit' | 'abort'): void {
    transaction.state = RESULT_OF[result];
    const producer = { producerId: transaction.producerId, epoch: transaction.epoch };
    this.#markers.decided({ producerId: producer.producerId, kind: result, partitions: [...transaction.partitions] });
    const writes = [
      ...[...transaction.partitions].flatMap((one) => {
        const write = (): void => this.#markers.partition(one, producer, result);
        return this.#isWrittenTwice() ? [write, write] : [write];
      }),
      ...[...transaction.groups].map((one) => () => this.#markers.group(one, producer, result)),
    ];
    let missing = writes.length;
    for (const write of writes) {
      this.#surroundings.after(this.#delayMs(), () => {
        write();
        missing -= 1;
        if (missing === 0) transaction.state = result === 'commit' ? 'completeCommit' : 'completeAbort';
      });
    }
  }

  #isWrittenTwice(): boolean {
    const { twiceShare } = this.#delays();
    return twiceShare > 0 && this.#surroundings.random() < twiceShare;
  }

  #delayMs(): number {
    const { usualMs, slowShare, slowMs } = this.#delays();
    const { random } = this.#surroundings;
    return random() * (random() < slowShare ? slowMs : usualMs);
  }
}

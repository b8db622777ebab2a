/**
 * Unreadable records of one source that are not handed on yet (SPEC S10): which of them take the place of rows that END counts,
 * and which leave by themselves. An aggregate that is parked too early withholds events; too late would publish wrong ones.
 */
import type { ChangeEvent, Undecodable } from '../../domain/source/change-event.js';
import type { LeftRecord } from '../frontier/frontier.js';
import type { OpenTransaction } from '../open-transaction.js';
import type { Entry, PartitionQueue } from '../partition-queue.js';
import type { Partitions } from '../partitions.js';
import { unreadableChange } from '../refuse.js';

/** Those that left by themselves and are remembered; of more than so many a transaction may be held for a person (SPEC S10). */
const LEFT_MAX = 12;

export class Unreadable {
  readonly #source: string;
  readonly #partitions: Partitions;
  readonly #boundaries: PartitionQueue;
  #held = 0;
  /** Offsets of those that wait, by partition, so that a transaction before all of them need not look for them. */
  readonly #offsets = new Map<PartitionQueue, number[]>();
  /** When the newest was read. */
  newestAt = 0;
  /** Those that left by themselves, though a transaction that is not handed on yet may count them. */
  #left: readonly LeftRecord[];

  constructor(source: string, partitions: Partitions, boundaries: PartitionQueue, left: readonly LeftRecord[]) {
    this.#source = source;
    this.#partitions = partitions;
    this.#boundaries = boundaries;
    this.#left = left;
  }

  /** Travels with the frontier, so that a transaction is the same one after a crash. */
  get left(): readonly LeftRecord[] {
    return this.#left;
  }

  /** How many wait to be handed on. */
  get held(): number {
    return this.#held;
  }

  push(record: Undecodable, queue: PartitionQueue): void {
    // Read again after a crash: what was said of it then was not handed on.
    this.#left = this.#left.filter(({ partition, offset }) => partition !== queue.name || offset !== record.offset);
    if (record.isOfSnapshot) {
      queue.push({ kind: 'snapshot', offset: record.offset, change: this.#changeOf(record, 'r') });
      this.#partitions.snapshotRows += 1;
      return;
    }
    this.#held += 1;
    this.newestAt = this.#partitions.now;
    const offsets = this.#offsets.get(queue) ?? [];
    offsets.push(record.offset);
    this.#offsets.set(queue, offsets);
    queue.push({ kind: 'undecodable', offset: record.offset, record });
  }

  /** Some may stand for rows that a transaction lacks. */
  get mayFill(): boolean {
    return this.#held > 0 || this.#left.length > 0;
  }

  /**
   * Puts unreadable records in the place of rows of `table` that `head` lacks, or forgives it those that left; first the one that the fewest
   * later transactions can count, so that every transaction finds one. @returns how many rows `head` got.
   */
  fill(head: OpenTransaction, table: string, queues: readonly PartitionQueue[]): number {
    if (head.missing(table) <= 0) return 0;
    let filled = 0;
    const found = [...this.#heldFor(head, queues), ...this.#leftFor(head, queues)];
    for (const { left, entry, queue } of found.sort((a, b) => (a.last < b.last ? -1 : a.last > b.last ? 1 : 0))) {
      if (head.missing(table) <= 0) break;
      if (left !== undefined) {
        head.forgive(table);
        this.#left = this.#left.filter((each) => each !== left);
      } else if (entry !== undefined) {
        head.addUnreadable(this.#changeOf(entry.record, 'u'));
        this.#replace(entry, queue, { kind: 'transaction', offset: entry.offset, transaction: head });
        filled += 1;
      }
    }
    this.#held -= filled;
    return filled;
  }

  *#heldFor(head: OpenTransaction, queues: readonly PartitionQueue[]): Generator<Candidate> {
    for (const queue of queues) {
      for (const entry of [...queue.entries()]) {
        if (isOfAnother(head)(entry)) break;
        if (entry.kind === 'undecodable') yield { entry, queue, last: lastFor(head, queue, entry.offset) };
      }
    }
  }

  /** BEGIN is written before the rows, so one that began after the record was read counts none that had left by then. */
  *#leftFor(head: OpenTransaction, queues: readonly PartitionQueue[]): Generator<Candidate> {
    if (this.#left.length === 0) return;
    const begunAt = this.#boundaries.offsetOf(head);
    for (const queue of queues)
      for (const left of this.#left)
        if (left.partition === queue.name && begunAt < left.begunBefore)
          yield { left, queue, last: lastFor(head, queue, left.offset) };
  }

  /**
   * `head` was handed on. Forgets those that no later transaction can count: a row of `head` stands behind them in their partition, or all
   * that had begun when they were read are done.
   */
  passed(head: OpenTransaction): void {
    if (this.#left.length === 0) return;
    const { needed } = this.#boundaries;
    const isBehind = ({ partition, offset }: LeftRecord): boolean =>
      head.rows.some((row) => row.partition === partition && row.offset > offset);
    this.#left = this.#left.filter((left) => left.begunBefore > needed && !isBehind(left));
  }

  /** Lets go, by themselves, those before a row of `head` in their partition: it is complete without them. @returns how many. */
  releaseBefore(head: OpenTransaction, queues: Iterable<PartitionQueue>): number {
    const perhaps = [...queues].filter((queue) => this.#mayStandBefore(head, queue));
    return this.#release(perhaps, (entries) => entries.slice(0, Math.max(entries.findLastIndex(isOf(head)), 0)));
  }

  /** Most often none does: all of them are rows of later transactions. */
  #mayStandBefore({ rows, hasFillers }: OpenTransaction, queue: PartitionQueue): boolean {
    const [first] = this.#offsets.get(queue) ?? [];
    if (first === undefined) return false;
    return hasFillers || rows.some(({ partition, offset }) => offset > first && partition === queue.name);
  }

  #replace(entry: UnreadableEntry, queue: PartitionQueue, by: Entry): void {
    queue.replace(entry, by);
    const left = (this.#offsets.get(queue) ?? []).filter((offset) => offset !== entry.offset);
    if (left.length > 0) this.#offsets.set(queue, left);
    else this.#offsets.delete(queue);
  }

  /**
   * Lets go those that may be rows of the snapshot before `head`: no row of another transaction stands before them, and they were written
   * before the last one of `until` ended.
   * @param until `head` and the transactions after it that were read whole. When these lack so many rows of a table, it is theirs.
   */
  releaseSnapshot(head: OpenTransaction, queues: readonly PartitionQueue[], until: readonly OpenTransaction[]): number {
    const theirs = tablesOf(until, queues);
    const { endedAt } = until.at(-1) ?? head;
    const endOf = (queue: PartitionQueue): number => this.#partitions.endSince(queue, endedAt) ?? Infinity;
    const begunBefore = Math.min(endOf(this.#boundaries), Number.MAX_SAFE_INTEGER);
    return this.#release(
      queues,
      (entries, queue) =>
        unreadableAmong(beforeOthers(head, entries)).filter(
          ({ record }) => !theirs.has(record.table) && record.offset < endOf(queue),
        ),
      begunBefore,
    );
  }

  /** Lets all go: nothing has begun that they may belong to. */
  releaseAll(queues: Iterable<PartitionQueue>): number {
    return this.#release(queues, (entries) => entries);
  }

  /** @param begunBefore transactions that began before this offset may count them. */
  #release(
    queues: Iterable<PartitionQueue>,
    choose: (entries: readonly Entry[], queue: PartitionQueue) => readonly Entry[],
    begunBefore = 0,
  ): number {
    let released = 0;
    for (const queue of queues) {
      for (const entry of unreadableAmong(choose([...queue.entries()], queue))) {
        const { offset, record } = entry;
        this.#replace(entry, queue, { kind: 'snapshot', offset, change: this.#changeOf(record, 'r') });
        if (begunBefore > 0)
          this.#left = [...this.#left, { partition: queue.name, offset, begunBefore }].slice(-LEFT_MAX);
        released += 1;
      }
    }
    this.#held -= released;
    this.#partitions.snapshotRows += released;
    return released;
  }

  #changeOf(record: Undecodable, op: 'u' | 'r'): ChangeEvent {
    return unreadableChange(this.#source, record, op);
  }
}

/** What may stand for a row that is lacking. */
interface Candidate {
  readonly queue: PartitionQueue;
  readonly entry?: UnreadableEntry;
  readonly left?: LeftRecord;
  /** Place of the last transaction that may count it. */
  readonly last: string;
}

/** Of the first row behind it in its partition; that of `head` is the first of all, and behind none stands the last of all. */
function lastFor(head: OpenTransaction, queue: PartitionQueue, offset: number): string {
  for (const entry of queue.entries())
    if (entry.kind === 'transaction' && entry.offset > offset)
      return entry.transaction === head ? '' : (entry.transaction.position ?? LAST);
  return LAST;
}

const LAST = '~';

type UnreadableEntry = Extract<Entry, { kind: 'undecodable' }>;

const unreadableAmong = (entries: readonly Entry[]): UnreadableEntry[] =>
  entries.filter((entry) => entry.kind === 'undecodable');

/**
 * Tables of which the transactions after the first of `order` lack as many rows as there are unreadable records: these are their rows. A
 * transaction counts none that stands behind a row of a later one.
 */
function tablesOf([, ...later]: readonly OpenTransaction[], queues: readonly PartitionQueue[]): ReadonlySet<string> {
  const held = new Map<string, { records: number; last: number }>();
  for (const queue of queues) {
    let last = later.length - 1;
    for (const entry of [...queue.entries()].reverse()) {
      if (entry.kind === 'transaction') last = indexOr(last, later.indexOf(entry.transaction));
      if (entry.kind !== 'undecodable') continue;
      const { table } = entry.record;
      const before = held.get(table) ?? { records: 0, last: -1 };
      held.set(table, { records: before.records + 1, last: Math.max(before.last, last) });
    }
  }
  const lacking = (table: string, last: number): number =>
    later.slice(0, last + 1).reduce((sum, transaction) => sum + Math.max(0, transaction.missing(table)), 0);
  return new Set([...held].flatMap(([table, { records, last }]) => (records <= lacking(table, last) ? [table] : [])));
}

const indexOr = (other: number, index: number): number => (index === -1 ? other : index);

const isOf =
  (head: OpenTransaction) =>
  (entry: Entry): boolean =>
    entry.kind === 'transaction' && entry.transaction === head;

const isOfAnother =
  (head: OpenTransaction) =>
  (entry: Entry): boolean =>
    entry.kind === 'transaction' && entry.transaction !== head;

function beforeOthers(head: OpenTransaction, entries: readonly Entry[]): readonly Entry[] {
  const other = entries.findIndex(isOfAnother(head));
  return other === -1 ? entries : entries.slice(0, other);
}

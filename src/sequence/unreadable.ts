/**
 * Unreadable records of one source that are not handed on yet (SPEC S10): which of them take the place of rows that END counts,
 * and which leave by themselves. An aggregate that is parked too early withholds events; too late would publish wrong ones.
 */
import type { ChangeEvent, Undecodable } from '../domain/change-event.js';
import type { OpenTransaction } from './open-transaction.js';
import type { Entry, PartitionQueue } from './partition-queue.js';
import { unreadableChange } from './refuse.js';

export class Unreadable {
  readonly #source: string;
  #held = 0;
  /** Offsets of those that wait, by partition, so that a transaction before all of them need not look for them. */
  readonly #offsets = new Map<PartitionQueue, number[]>();
  /** When the newest was read. */
  newestAt = 0;
  /** By table, those that left by themselves: a transaction that lacks as many rows later was theirs. */
  readonly #left = new Map<string, number>();

  constructor(source: string) {
    this.#source = source;
  }

  /** How many wait to be handed on. */
  get held(): number {
    return this.#held;
  }

  push(record: Undecodable, queue: PartitionQueue, now: number): void {
    this.#held += 1;
    this.newestAt = now;
    const offsets = this.#offsets.get(queue) ?? [];
    offsets.push(record.offset);
    this.#offsets.set(queue, offsets);
    queue.push({ kind: 'undecodable', offset: record.offset, record });
  }

  /** Some may stand for rows that a transaction lacks. */
  get mayFill(): boolean {
    return this.#held > 0 || this.#left.size > 0;
  }

  /** Puts unreadable records in the place of rows of `table` that `head` lacks. @returns how many rows `head` got. */
  fill(head: OpenTransaction, table: string, queues: readonly PartitionQueue[]): number {
    let filled = 0;
    for (const queue of queues) {
      if (head.missing(table) <= 0) break;
      for (const entry of [...queue.entries()]) {
        if (head.missing(table) <= 0 || isOfAnother(head)(entry)) break;
        if (entry.kind !== 'undecodable') continue;
        head.addUnreadable(this.#changeOf(entry.record, 'u'));
        this.#replace(entry, queue, { kind: 'transaction', offset: entry.offset, transaction: head });
        filled += 1;
      }
    }
    this.#held -= filled;
    for (let left = this.#left.get(table) ?? 0; left > 0 && head.missing(table) > 0; left -= 1) {
      head.forgive(table);
      if (left === 1) this.#left.delete(table);
      else this.#left.set(table, left - 1);
    }
    return filled;
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
   * Lets go those that may be rows of the snapshot before `head`: no row of another transaction stands before them.
   * @param later the transactions after `head` that were read whole. When these lack so many rows of a table, it is theirs.
   */
  releaseSnapshot(head: OpenTransaction, queues: readonly PartitionQueue[], later: Iterable<OpenTransaction>): number {
    const lacking = [...later];
    const held = queues.flatMap((queue) => unreadableAmong([...queue.entries()]));
    const isTheirs = (table: string): boolean =>
      held.filter(({ record }) => record.table === table).length <=
      lacking.reduce((sum, transaction) => sum + Math.max(0, transaction.missing(table)), 0);
    return this.#release(queues, (entries) =>
      unreadableAmong(beforeOthers(head, entries)).filter(({ record }) => !isTheirs(record.table)),
    );
  }

  /** Lets all go: nothing is open that they may belong to. */
  releaseAll(queues: Iterable<PartitionQueue>): number {
    return this.#release(queues, (entries) => entries);
  }

  #release(queues: Iterable<PartitionQueue>, choose: (entries: readonly Entry[]) => readonly Entry[]): number {
    let released = 0;
    for (const queue of queues) {
      for (const entry of unreadableAmong(choose([...queue.entries()]))) {
        const { offset, record } = entry;
        this.#replace(entry, queue, { kind: 'snapshot', offset, change: this.#changeOf(record, 'r') });
        this.#left.set(record.table, (this.#left.get(record.table) ?? 0) + 1);
        released += 1;
      }
    }
    this.#held -= released;
    return released;
  }

  #changeOf(record: Undecodable, op: 'u' | 'r'): ChangeEvent {
    return unreadableChange(this.#source, record, op);
  }
}

type UnreadableEntry = Extract<Entry, { kind: 'undecodable' }>;

const unreadableAmong = (entries: readonly Entry[]): UnreadableEntry[] =>
  entries.filter((entry) => entry.kind === 'undecodable');

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

/** What the modes without transaction topic have in common: nothing is counted, so no transaction is incomplete. */
import type { Undecodable } from '../../domain/source/change-event.js';
import type { Position } from '../../domain/source/position.js';
import type { Held, Resolution } from '../commit-order.js';
import type { OpenTransaction } from '../open-transaction.js';
import type { LeftRecord } from '../frontier/frontier.js';
import type { PartitionQueue } from '../partition-queue.js';
import type { Partitions } from '../partitions.js';
import { unreadableChange } from '../refuse.js';
import type { SequencerSettings } from '../settings.js';

export abstract class WithoutBoundaries {
  abstract readonly held: readonly Held[];
  readonly isFarAhead = false;
  readonly unended = null;
  readonly left: readonly LeftRecord[] = [];
  protected readonly partitions: Partitions;
  readonly #source: string;

  constructor({ source }: SequencerSettings, partitions: Partitions) {
    this.#source = source;
    this.partitions = partitions;
  }

  /** P4: by itself, at its place in its partition. */
  addUnreadable(record: Undecodable, queue: PartitionQueue): void {
    queue.push({ kind: 'snapshot', offset: record.offset, change: unreadableChange(this.#source, record, 'r') });
    this.partitions.snapshotRows += 1;
  }

  begin(): void {
    // Boundaries are not read.
  }

  end(): void {
    // Boundaries are not read.
  }

  learnTorn(): boolean {
    return false;
  }

  /** Nothing stays without an end: a later row, or its own, ends it. */
  drop(): boolean {
    return false;
  }

  passOver(): 'none' {
    return 'none';
  }

  /** What a transaction lacks is not known. */
  isBehindSnapshot(): boolean {
    return false;
  }

  positionOf({ position }: OpenTransaction): Position | null {
    return position;
  }

  /** Asked of transactions that never end. */
  isBefore(): boolean {
    return false;
  }

  abstract resolve(id: string, how: Resolution): boolean;
}

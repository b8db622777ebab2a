/**
 * The group coordinator of the fake cluster: committed offsets with their metadata, offsets of Kafka transactions that are not ended yet,
 * and groups of one member. Offsets are answered as to a client that cannot ask for stable ones:
 * those of an undecided or unfinished Kafka transaction are not there yet.
 */
import { CODES } from './codes.js';
import type { ProducerIdentity } from './partition-log.js';

export interface StoredOffset {
  readonly offset: number;
  readonly metadata: string;
}

type OffsetsByPartition = ReadonlyMap<string, StoredOffset>;

interface Member {
  readonly id: string;
  readonly generation: number;
  assignment: Buffer;
}

export class GroupCoordinator {
  readonly #committed = new Map<string, Map<string, StoredOffset>>();
  /** By group and producer. */
  readonly #pending = new Map<string, { readonly epoch: number; readonly offsets: Map<string, StoredOffset> }>();
  /** Highest epoch seen of each producer. */
  readonly #epochs = new Map<number, number>();
  readonly #members = new Map<string, Member>();
  /** What another member, which leads the group, gives to one that joins, by what that says of itself; null: who joins leads. */
  otherLeader: ((memberId: string, metadata: Buffer) => Promise<Buffer>) | null = null;
  #generation = 0;

  committed(group: string): OffsetsByPartition {
    return this.#committed.get(group) ?? new Map<string, StoredOffset>();
  }

  /** Outside of Kafka transactions: what a consumer or an operator does. */
  commit(group: string, offsets: OffsetsByPartition): void {
    this.#committed.set(group, new Map([...this.committed(group), ...offsets]));
  }

  /** Fenced by the epoch alone: this version of the request knows neither members nor generations. */
  commitPending(group: string, { producerId, epoch }: ProducerIdentity, offsets: OffsetsByPartition): number {
    if (epoch < (this.#epochs.get(producerId) ?? 0)) return CODES.INVALID_PRODUCER_EPOCH;
    this.#epochs.set(producerId, epoch);
    const key = `${group} ${producerId}`;
    const before = this.#pending.get(key)?.offsets ?? new Map<string, StoredOffset>();
    this.#pending.set(key, { epoch, offsets: new Map([...before, ...offsets]) });
    return CODES.NONE;
  }

  endTransaction(group: string, { producerId, epoch }: ProducerIdentity, result: 'commit' | 'abort'): void {
    this.#epochs.set(producerId, Math.max(epoch, this.#epochs.get(producerId) ?? 0));
    const key = `${group} ${producerId}`;
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    if (result === 'commit' && pending !== undefined) this.commit(group, pending.offsets);
  }

  /** `offsets.retention.minutes` has passed, or somebody deleted them. */
  forget(group: string): void {
    this.#committed.delete(group);
  }

  join(group: string): Member {
    const generation = (this.#generation += 1);
    const member = { id: `member-${generation}`, generation, assignment: Buffer.alloc(0) };
    this.#members.set(group, member);
    return member;
  }

  /** The member with this id and generation, if it still is one. */
  member(group: string, id: string, generation: number): Member | null {
    const member = this.#members.get(group);
    return member?.id === id && member.generation === generation ? member : null;
  }

  leave(group: string): void {
    this.#members.delete(group);
  }
}

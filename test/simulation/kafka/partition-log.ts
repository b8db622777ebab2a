/**
 * One partition of the fake cluster: records, markers of ended Kafka transactions, and what a broker knows of its producers. Offsets
 * never change; markers take some (KIP-98). Sequence numbers are checked as a broker of Kafka 4 does (ProducerAppendInfo.java).
 */
import { CODES } from './codes.js';

export interface LogEntry {
  readonly offset: number;
  readonly kind: 'record' | 'commit' | 'abort';
  /** -1 outside of Kafka transactions. */
  readonly producerId: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Offsets of the record batch that it was written in, whatever compaction took of it since. */
  readonly batch: { readonly first: number; readonly last: number };
}

export type NewRecord = Pick<LogEntry, 'key' | 'value' | 'headers'>;

export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
}

interface Aborted {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

interface ProducerState {
  epoch: number;
  nextSequence: number;
  /** The last five, which a broker recognises when they come again. */
  readonly batches: { readonly sequence: number; readonly count: number; readonly baseOffset: number }[];
}

const BATCHES_KNOWN = 5;

export class PartitionLog {
  #entries: LogEntry[] = [];
  #start = 0;
  #end = 0;
  /** What is written from here on is not decided yet. */
  #heldBackFrom: number | null = null;
  readonly #open = new Map<number, number>();
  readonly #aborted: Aborted[] = [];
  readonly #producers = new Map<number, ProducerState>();

  /** Offset after the last one. */
  get end(): number {
    return this.#end;
  }

  get start(): number {
    return this.#start;
  }

  /** Last stable offset: nothing before it is undecided. */
  get stableEnd(): number {
    return Math.min(this.#end, this.#heldBackFrom ?? this.#end, ...this.#open.values());
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** What a connector or an operator writes, without a Kafka transaction. `offset` may leave a hole. */
  append(record: NewRecord, timestampMs: number, offset = this.#end): number {
    const batch = { first: offset, last: offset };
    this.#entries.push({ ...record, offset, kind: 'record', producerId: -1, timestampMs, batch });
    this.#end = offset + 1;
    return offset;
  }

  /** Readers see what is before the highest `offset` so far: the Kafka transaction of a connector that writes what follows is open. */
  holdBack(offset: number): void {
    this.#heldBackFrom = Math.max(this.#heldBackFrom ?? 0, offset);
  }

  /** Retention: what is before `offset` is deleted. */
  expire(offset: number): void {
    this.#start = Math.max(this.#start, Math.min(offset, this.stableEnd));
    this.#entries = this.#entries.filter((entry) => entry.offset >= this.#start);
  }

  /** A batch of a transactional producer. @returns its first offset, or an error code of the protocol. */
  produce(
    { producerId, epoch }: ProducerIdentity,
    sequence: number,
    records: readonly NewRecord[],
    timestampMs: number,
  ): { readonly code: number; readonly baseOffset: number } {
    const refused = (code: number): { code: number; baseOffset: number } => ({ code, baseOffset: -1 });
    const known = this.#producers.get(producerId);
    if (known !== undefined && epoch < known.epoch) return refused(CODES.INVALID_PRODUCER_EPOCH);
    const same = known?.epoch === epoch ? known : undefined;
    const again = same?.batches.find((batch) => batch.sequence === sequence && batch.count === records.length);
    if (again !== undefined) return { code: 0, baseOffset: again.baseOffset };
    const expected = same === undefined ? (known === undefined ? sequence : 0) : same.nextSequence;
    if (sequence !== expected) return refused(CODES.OUT_OF_ORDER_SEQUENCE_NUMBER);
    const baseOffset = this.#end;
    const batch = { first: baseOffset, last: baseOffset + records.length - 1 };
    for (const { key, value, headers } of records)
      this.#entries.push({ key, value, headers, offset: this.#end++, kind: 'record', producerId, timestampMs, batch });
    const batches = [...(same?.batches ?? []), { sequence, count: records.length, baseOffset }].slice(-BATCHES_KNOWN);
    this.#producers.set(producerId, { epoch, nextSequence: sequence + records.length, batches });
    if (!this.#open.has(producerId)) this.#open.set(producerId, baseOffset);
    return { code: 0, baseOffset };
  }

  /** The end of a Kafka transaction; the marker carries the coordinator's epoch, which fences older ones from here on. */
  endTransaction({ producerId, epoch }: ProducerIdentity, kind: 'commit' | 'abort', timestampMs: number): void {
    const firstOffset = this.#open.get(producerId);
    const offset = this.#end++;
    const batch = { first: offset, last: offset };
    this.#entries.push({ offset, kind, producerId, timestampMs, key: null, value: null, headers: {}, batch });
    this.#open.delete(producerId);
    if (kind === 'abort' && firstOffset !== undefined)
      this.#aborted.push({ producerId, firstOffset, lastOffset: offset });
    const known = this.#producers.get(producerId);
    if (known === undefined) this.#producers.set(producerId, { epoch, nextSequence: 0, batches: [] });
    else if (epoch > known.epoch) Object.assign(known, { epoch, nextSequence: 0, batches: [] });
  }

  /**
   * Batches from the one with `offset` on, as a `read_committed` fetch gets them: whole, so perhaps from before `offset`; undecided ones
   * not, aborted ones with the list of aborts, in the order in which they ended.
   */
  fetch(
    offset: number,
    batchesMax: number,
  ): { readonly batches: readonly (readonly LogEntry[])[]; readonly aborted: readonly Aborted[] } {
    const stable = this.stableEnd;
    const batches = new Map<number, LogEntry[]>();
    for (const entry of this.#entries) {
      const { first, last } = entry.batch;
      if (last < offset || first >= stable) continue;
      const batch = batches.get(first);
      if (batch !== undefined) batch.push(entry);
      else if (batches.size >= batchesMax) break;
      else batches.set(first, [entry]);
    }
    const until = [...batches.values()].at(-1)?.[0]?.batch.last ?? offset;
    return {
      batches: [...batches.values()],
      aborted: this.#aborted.filter(({ firstOffset, lastOffset }) => lastOffset >= offset && firstOffset <= until),
    };
  }

  /** What every correct `read_committed` reader sees now. */
  committed(): readonly LogEntry[] {
    const stable = this.stableEnd;
    return this.#entries.filter((entry) => entry.kind === 'record' && entry.offset < stable && !this.#isAborted(entry));
  }

  #isAborted({ offset, producerId }: LogEntry): boolean {
    return this.#aborted.some(
      (one) => one.producerId === producerId && offset >= one.firstOffset && offset < one.lastOffset,
    );
  }

  /**
   * What the log cleaner does: of each key the last decided record stays, aborted records go; the last entry and markers stay.
   * @param tombstonesFromMs tombstones from before are gone: everybody who follows has had time to see them.
   */
  compact(tombstonesFromMs = -Infinity): void {
    const stable = this.stableEnd;
    const last = new Map(this.committed().map((entry) => [entry.key, entry]));
    const isOver = ({ value, timestampMs }: LogEntry): boolean => value === null && timestampMs < tombstonesFromMs;
    const kept = new Set([...last.values()].flatMap((entry) => (isOver(entry) ? [] : [entry.offset])));
    this.#entries = this.#entries.filter(
      ({ kind, offset }) => kind !== 'record' || offset >= stable || offset === this.#end - 1 || kept.has(offset),
    );
  }
}

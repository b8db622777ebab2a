/**
 * The offsets that records of state and journal will get. Nobody else writes these topics, so each is known before it is written: the
 * partition's end after fencing, one more for each record, and one for the control record that ends a Kafka transaction in each partition
 * written to. An answer that says otherwise ends the writer (`Commit.bases`), so what is remembered is never wrong.
 */
import type { Ends, Offsets, OwnTopic } from '../ports.js';

/** Of one Kafka transaction that is decided. */
export interface Extent {
  /** By partition (`topic/3`): the offset of its first record. */
  readonly bases: Offsets;
  /** After it. */
  readonly ends: Ends;
}

export interface LedgerPorts {
  /** Full names. */
  readonly topics: Readonly<Record<OwnTopic, string>>;
  readonly partitionOf: (topic: string, place: string) => number;
}

const OWN_TOPICS = ['state', 'journal'] as const;

export class Ledger {
  readonly #ports: LedgerPorts;
  readonly #next: Record<OwnTopic, number[]>;
  /** By partition: the first offset in the Kafka transaction that is being decided. */
  readonly #bases: Record<OwnTopic, (number | undefined)[]> = { state: [], journal: [] };
  #last: { topic: OwnTopic | null; place: string; partition: number } = { topic: null, place: '', partition: 0 };

  constructor(ports: LedgerPorts, ends: Ends) {
    this.#ports = ports;
    this.#next = { state: [...ends.state], journal: [...ends.journal] };
  }

  /** The offset that the next record with this place will get. */
  peek(topic: OwnTopic, place: string): number {
    return this.#next[topic][this.#partitionOf(topic, place)] ?? 0;
  }

  /** A record is written: it has that offset. */
  take(topic: OwnTopic, place: string): number {
    const partition = this.#partitionOf(topic, place);
    const offset = this.#next[topic][partition] ?? 0;
    this.#bases[topic][partition] ??= offset;
    this.#next[topic][partition] = offset + 1;
    return offset;
  }

  /** The Kafka transaction has no more records. */
  close(): Extent {
    const bases = new Map<string, number>();
    for (const topic of OWN_TOPICS) {
      for (const [partition, base] of this.#bases[topic].entries()) {
        if (base === undefined) continue;
        bases.set(`${this.#ports.topics[topic]}/${partition}`, base);
        this.#next[topic][partition] = (this.#next[topic][partition] ?? 0) + 1;
      }
      this.#bases[topic] = [];
    }
    return { bases, ends: this.ends };
  }

  get ends(): Ends {
    return { state: [...this.#next.state], journal: [...this.#next.journal] };
  }

  /** Cells of one aggregate follow one another: their partition is found once. */
  #partitionOf(topic: OwnTopic, place: string): number {
    const last = this.#last;
    if (last.topic !== topic || last.place !== place)
      this.#last = { topic, place, partition: this.#ports.partitionOf(this.#ports.topics[topic], place) };
    return this.#last.partition;
  }
}

/** Records of topics -> lines of a recording: those that are picked, without what is redacted. What it wrote before, it may be told again. */
import { splitName } from '../../adapters/kafka/names.js';
import type { Redaction } from '../../observed/redaction.js';
import type { RawRecord } from '../../pipeline/ports.js';
import type { Pick } from './picked.js';

export interface Recorded {
  readonly records: number;
  /** Of those, without what is redacted. */
  readonly redacted: number;
  /** Of those, written as they came, because nothing tells their columns. */
  readonly opaque: number;
  /** Read, and left out. */
  readonly leftOut: number;
  /** By partition, the offset after the last one that was written. */
  readonly next: ReadonlyMap<string, number>;
  /** By table. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Line {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

export class Recorder {
  readonly #redaction: Redaction;
  readonly #pick: Pick | null;
  readonly #counts = { records: 0, redacted: 0, opaque: 0, leftOut: 0 };
  readonly #next = new Map<string, number>();

  constructor(redaction: Redaction, pick: Pick | null) {
    this.#redaction = redaction;
    this.#pick = pick;
  }

  get recorded(): Recorded {
    return { ...this.#counts, next: this.#next, columns: this.#redaction.columns };
  }

  /** A line that is there already. */
  learn(line: unknown): void {
    const { topic, partition, offset, key, value, redacted } = line as Partial<Line> & {
      readonly redacted?: Readonly<Record<string, readonly string[]>>;
    };
    if (redacted !== undefined) this.#redaction.learn(redacted);
    if (topic === undefined || partition === undefined || offset === undefined) return;
    this.#pick?.isPicked({ key: key ?? null, value: value ?? null });
    if (value != null && this.#redaction.of(key ?? null, value).isOpaque) this.#counts.opaque += 1;
    this.#wrote(`${topic}/${partition}`, offset);
  }

  /** @param partition `topic/3`. @returns what is to be written, in its order. */
  lines(partition: string, record: RawRecord): readonly object[] {
    const [key, value] = [record.key?.toString() ?? null, record.value?.toString() ?? null];
    if (this.#pick?.isPicked({ key, value }) === false) {
      this.#counts.leftOut += 1;
      return [];
    }
    this.#wrote(partition, record.offset);
    const hidden = value === null ? null : this.#redaction.of(key, value);
    if (hidden !== null && hidden.value !== value) this.#counts.redacted += 1;
    const { topic, partition: number } = splitName(partition);
    if (hidden?.isOpaque === true) this.#counts.opaque += 1;
    const line: Line = {
      ...{ topic, partition: number, offset: record.offset, timestamp: record.timestampMs, key },
      value: hidden?.value ?? null,
      headers: headersOf(record),
    };
    const { news = null } = hidden ?? {};
    return news === null ? [line] : [{ recording: 1, redacted: { [news.table]: news.columns } }, line];
  }

  #wrote(partition: string, offset: number): void {
    this.#counts.records += 1;
    this.#next.set(partition, Math.max(this.#next.get(partition) ?? 0, offset + 1));
  }
}

function headersOf({ headers }: RawRecord): Line['headers'] {
  const texts: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    texts[name] = Array.isArray(value) ? value.map(String) : value.toString();
  }
  return texts;
}

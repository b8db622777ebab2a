/**
 * A recording as whoever comes late finds it: its beginning has expired, and snapshots that are taken later are put among its records.
 * Records are those of the connector but for their offsets, and but for the rows of such snapshots.
 */
import { type Position, positionOf } from '../../../src/domain/source/position.js';
import { type Envelope, envelopeOf, type RecordedRecord } from '../recordings.js';
import { recordedLog } from './logs.js';

const UNAVAILABLE = '__debezium_unavailable_value';

const partitionOf = ({ topic, partition }: RecordedRecord): string => `${topic}/${partition}`;
const xidOf = (id: string): string => id.slice(0, id.indexOf(':'));

export class CutRecording {
  readonly #records: readonly RecordedRecord[];
  /** By PostgreSQL's transaction id, its number in commit order, from 1 on. */
  readonly #numbers = new Map<string, number>();
  readonly #ends: readonly string[];

  /** @param name of a recording of PostgreSQL. */
  constructor(name: string) {
    this.#records = recordedLog(name).records;
    this.#ends = this.#records
      .filter((record) => envelopeOf(record).status === 'END')
      .toSorted((a, b) => a.offset - b.offset)
      .map((record) => envelopeOf(record).id ?? '');
    this.#ends.forEach((id, i) => this.#numbers.set(xidOf(id), i + 1));
  }

  get transactions(): number {
    return this.#ends.length;
  }

  /** What belongs to transactions after number `from` (0: with the snapshot) up to number `to`. */
  between(from: number, to = this.transactions): readonly RecordedRecord[] {
    return this.#records.filter((record) => {
      const number = this.#numberOf(record);
      return from === 0 ? number <= to : number > from && number <= to;
    });
  }

  #numberOf(record: RecordedRecord): number {
    const { id = '', transaction } = envelopeOf(record) as Partial<Envelope>;
    const named = transaction == null ? id : String(transaction.id);
    return this.#numbers.get(xidOf(named)) ?? 0;
  }

  positionAt(place: number): Position {
    const id = this.#ends[place - 1] ?? '';
    return positionOf(id.slice(id.indexOf(':') + 1));
  }

  /** When transaction number `place` was committed, ms since 1970. */
  timeAt(place: number): number {
    const id = this.#ends[place - 1];
    const end = this.#records.find((record) => envelopeOf(record).status === 'END' && envelopeOf(record).id === id);
    return end === undefined ? 0 : (envelopeOf(end) as Envelope & { readonly ts_ms: number }).ts_ms;
  }

  /** Rows as a snapshot after transaction number `place` reads them. */
  snapshotAt(place: number, { generation = null as string | null } = {}): readonly RecordedRecord[] {
    const rows = new Map<string, RecordedRecord>();
    for (const record of this.between(0, place)) {
      if (record.value === null) continue;
      const { op, after } = envelopeOf(record);
      if (!['c', 'u', 'd', 'r'].includes(op)) continue;
      const name = `${partitionOf(record)} ${record.key ?? ''}`;
      const before = rows.get(name);
      rows.delete(name);
      if (op !== 'd' && after !== null) rows.set(name, readAs(record, before, generation));
    }
    const all = [...rows.values()];
    const last = all.at(-1);
    if (generation === null || last === undefined) return all;
    const envelope = envelopeOf(last);
    return [
      ...all.slice(0, -1),
      { ...last, value: JSON.stringify({ ...envelope, source: { ...envelope.source, snapshot: 'last' } }) },
    ];
  }
}

/** An incremental snapshot's rows know no place in the log; those of a full one all have the place at which it was taken. */
function readAs(record: RecordedRecord, before: RecordedRecord | undefined, generation: string | null): RecordedRecord {
  const { after, source, ...envelope } = envelopeOf(record);
  const known = before === undefined ? {} : (envelopeOf(before).after ?? {});
  const whole: Envelope['after'] = { ...after };
  for (const [column, value] of Object.entries(whole)) if (value === UNAVAILABLE) whole[column] = known[column];
  const place =
    generation === null
      ? { snapshot: 'incremental', lsn: null, txId: null }
      : { snapshot: 'true', lsn: Number(generation), sequence: `[null,"${generation}"]` };
  const read: Envelope = {
    ...envelope,
    ...{ op: 'r', before: null, after: whole, transaction: null },
    source: { ...source, ...place },
  };
  return { ...record, value: JSON.stringify(read), headers: {} };
}

/** Gives records the offsets that they have in one log. @param firsts where each partition begins; 0 when it is not named. */
export class Offsets {
  readonly #next: Map<string, number>;

  constructor(firsts: ReadonlyMap<string, number> = new Map()) {
    this.#next = new Map(firsts);
  }

  append(records: readonly RecordedRecord[]): RecordedRecord[] {
    return records.map((record) => {
      const offset = this.#next.get(partitionOf(record)) ?? 0;
      this.#next.set(partitionOf(record), offset + 1);
      return { ...record, offset };
    });
  }
}

/** Offsets at which partitions begin when the first records have expired. */
export function firstsOf(expired: readonly RecordedRecord[]): Map<string, number> {
  const firsts = new Map<string, number>();
  for (const record of expired) firsts.set(partitionOf(record), (firsts.get(partitionOf(record)) ?? 0) + 1);
  return firsts;
}

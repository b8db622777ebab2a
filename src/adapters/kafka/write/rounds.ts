/** Records cut into sends: one send makes one record batch for each partition, and brokers bound both. Pure. */
import { BATCH_OVERHEAD_BYTES, recordBytes } from '../../../domain/record-size.js';
import type { OutputRecord } from '../../../pipeline/ports.js';
import { partitionName } from '../names.js';

/** As kafkajs takes it. */
export interface KafkaRecord {
  readonly key: string;
  /** Null: a tombstone. */
  readonly value: string | Buffer | null;
  readonly headers: Record<string, string>;
  readonly partition: number;
}

/** What one send takes, by partition (`topic/3`), in order. */
export type Round = ReadonlyMap<string, readonly KafkaRecord[]>;

export interface RoundLimits {
  /** Bytes of one record batch of this topic; a single record may be more. */
  readonly batchBytesMax: (topic: string) => number;
  /** Bytes of all batches of a send. */
  readonly requestBytesMax: number;
  readonly recordsMax: number;
}

interface Filling {
  readonly batches: Map<string, KafkaRecord[]>;
  bytes: number;
  records: number;
}

/** The records of each partition keep their order, over all rounds. */
export function roundsOf(
  records: readonly OutputRecord[],
  partitionOf: (record: OutputRecord) => number,
  { batchBytesMax, requestBytesMax, recordsMax }: RoundLimits,
): Round[] {
  const rounds: Filling[] = [];
  /** By partition: its last round, and the bytes of its batch there. */
  const last = new Map<string, { round: number; bytes: number }>();
  for (const record of records) {
    const { topic, key, value, headers = {} } = record;
    const partition = partitionOf(record);
    const name = partitionName(topic, partition);
    const bytes = recordBytes(record);
    let { round: at, bytes: before } = last.get(name) ?? { round: 0, bytes: BATCH_OVERHEAD_BYTES };
    const isFull = ({ batches, bytes: all, records: count }: Filling): boolean =>
      count >= recordsMax ||
      all + bytes > requestBytesMax ||
      (batches.has(name) && before + bytes > batchBytesMax(topic));
    for (let round = rounds[at]; round !== undefined && isFull(round); round = rounds[at]) {
      at += 1;
      before = BATCH_OVERHEAD_BYTES;
    }
    const round = (rounds[at] ??= { batches: new Map(), bytes: 0, records: 0 });
    const batch = round.batches.get(name);
    const sent = { key, value, headers: { ...headers }, partition };
    if (batch === undefined) round.batches.set(name, [sent]);
    else batch.push(sent);
    round.bytes += bytes;
    round.records += 1;
    last.set(name, { round: at, bytes: before + bytes });
  }
  return rounds.map(({ batches }) => batches);
}

/** Recorded topics as one history: picking records out of it, and short words for what a sequencer makes of it. */
import type { Sequenced, Step } from '../../../src/domain/source/transaction.js';
import { edited, type Envelope, envelopeOf, readRecording, type RecordedRecord } from '../recordings.js';
import { consumed, partitionOf } from '../sequencing.js';

export const history = (name: string): RecordedRecord[] => consumed(readRecording(`postgres/${name}`));

export const isBoundary = ({ topic }: RecordedRecord): boolean => topic === 'legacy.transaction';
export const isEnd = (record: RecordedRecord): boolean => isBoundary(record) && envelopeOf(record).status === 'END';
export const isSnapshotRow = (record: RecordedRecord): boolean =>
  record.value !== null && envelopeOf(record).op === 'r';
/** A row of a source transaction. */
export const isStreamedRow = (record: RecordedRecord): boolean =>
  record.value !== null && ['c', 'u', 'd'].includes(envelopeOf(record).op);

/** Number of the source transaction that a row or a boundary belongs to; empty for others. */
export function xidOf(record: RecordedRecord): string {
  if (record.value === null) return '';
  const { transaction, id = '' } = envelopeOf(record);
  const named = typeof transaction?.id === 'string' ? transaction.id : id;
  return named.split(':')[0] ?? '';
}
export const isOf =
  (xid: string) =>
  (record: RecordedRecord): boolean =>
    xidOf(record) === xid;

/** Numbers of the transactions in commit order. */
export const committed = (records: readonly RecordedRecord[]): string[] => records.filter(isEnd).map(xidOf);

/** Partitions one after the other, each in its order; those with a record that is `last` at the end. */
export function byPartition(
  records: readonly RecordedRecord[],
  last: (record: RecordedRecord) => boolean = () => false,
): RecordedRecord[] {
  const names = [...new Set(records.map(partitionOf))];
  const ordered = names.flatMap((name) => records.filter((record) => partitionOf(record) === name));
  return [...ordered.filter((record) => !last(record)), ...ordered.filter(last)];
}

/** What comes after `record` in its partition moves up by `places`, which gives room for records that were not there. */
export const roomAfter = (
  record: RecordedRecord,
  places: number,
  records: readonly RecordedRecord[],
): RecordedRecord[] =>
  records.map((other) =>
    partitionOf(other) === partitionOf(record) && other.offset > record.offset
      ? { ...other, offset: other.offset + places }
      : other,
  );

/** As if the bytes had been damaged on their way. */
export const damaged = (record: RecordedRecord): RecordedRecord => ({
  ...record,
  value: record.value === null ? null : record.value.slice(0, -20),
});

/** END that counts so many more rows of a table. */
export const counting = (end: RecordedRecord, table: string, more: number): RecordedRecord =>
  edited(end, (envelope: Envelope) => {
    envelope.event_count = (envelope.event_count ?? 0) + more;
    const counted = (envelope.data_collections ??= []);
    const entry = counted.find(({ data_collection: name }) => name === table);
    if (entry === undefined) counted.push({ data_collection: table, event_count: more });
    else entry.event_count += more;
  });

export const positionsOf = (out: readonly Step[]): string[] =>
  out.flatMap((next) => (next.kind === 'transaction' ? [next.position] : []));
export const xidsOf = (out: readonly Step[]): string[] =>
  out.flatMap((next) => (next.kind === 'transaction' ? [next.id] : []));
export const rowsOf = (out: readonly Step[], kind: Sequenced['kind']): string[] =>
  out.flatMap((next) => (next.kind === kind ? next.changes.map(({ op, key }) => `${op} ${key}`) : []));

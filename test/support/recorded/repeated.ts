/**
 * A recorded history lived again and again, as by other orders later on: the same envelopes, with the numbers of orders, payments,
 * releases and transactions and every place in the log moved up. Each time follows the one before it without a gap.
 */
import { edited, type Envelope, envelopeOf, readRecording, type RecordedRecord } from '../recordings.js';
import { isEnd, isSnapshotRow } from './histories.js';
import { partitionOf } from '../sequencing.js';

const LSN_STEP = 1_000_000;
const XID_STEP = 1_000;
const NUMBER_STEP = 10_000;
const NUMBERS = ['ord_no', 'rel_no', 'pay_id'];

/** `times` lives of everything that was streamed, as of a connector that takes no snapshot. Offsets without holes. */
export function repeated(name: string, times: number): RecordedRecord[] {
  const streamed = readRecording(name).filter((record) => !isSnapshotRow(record));
  const lastEnd = BigInt(lsnOf(envelopeOf(streamed.findLast(isEnd)!).id ?? ''));
  const lives = Array.from({ length: times - 1 }, (_, i) => streamed.map((record) => later(record, i + 1, lastEnd)));
  return renumbered([...streamed, ...lives.flat()]);
}

function renumbered(records: readonly RecordedRecord[]): RecordedRecord[] {
  const next = new Map<string, number>();
  return records.map((record) => {
    const partition = partitionOf(record);
    const offset = next.get(partition) ?? 0;
    next.set(partition, offset + 1);
    return { ...record, offset };
  });
}

function later(record: RecordedRecord, life: number, lastEnd: bigint): RecordedRecord {
  const key = record.key === null ? null : JSON.stringify(moved(JSON.parse(record.key) as Json, life));
  if (record.value === null) return { ...record, key };
  return { ...edited(record, (envelope) => moveEnvelope(envelope, life, lastEnd)), key };
}

type Json = Record<string, unknown>;

function moveEnvelope(envelope: Envelope, life: number, lastEnd: bigint): void {
  if (envelope.id !== undefined) envelope.id = movedId(envelope.id, life);
  for (const row of [envelope.before, envelope.after]) if (row) moved(row, life);
  const { source, transaction } = envelope;
  if (transaction) transaction.id = movedId(String(transaction.id), life);
  if (envelope.status !== undefined) return;
  source.txId = Number(source.txId) + life * XID_STEP;
  source.lsn = Number(source.lsn) + life * LSN_STEP;
  const [before, own] = JSON.parse(String(source.sequence)) as [string | null, string];
  const places = [before ?? String(lastEnd - BigInt(LSN_STEP)), own].map((place) => movedLsn(place, life));
  source.sequence = JSON.stringify(places);
}

function moved(row: Json, life: number): Json {
  for (const name of NUMBERS) if (typeof row[name] === 'number') row[name] += life * NUMBER_STEP;
  if (typeof row.id === 'string') row.id = movedId(row.id, life);
  return row;
}

const lsnOf = (id: string): string => id.slice(id.indexOf(':') + 1);

const movedLsn = (lsn: string, life: number): string => String(BigInt(lsn) + BigInt(life * LSN_STEP));

const movedId = (id: string, life: number): string =>
  `${Number(id.slice(0, id.indexOf(':'))) + life * XID_STEP}:${movedLsn(lsnOf(id), life)}`;

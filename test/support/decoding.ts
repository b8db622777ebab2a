/** One record of a recording through a decoder of its own, with the retailer's tables and two more that only recordings have. */
import { custAddr } from '../../rules/tables/cust-addr.js';
import { ordCancel } from '../../rules/tables/ord-cancel.js';
import { ordHdr } from '../../rules/tables/ord-hdr.js';
import { ordLine } from '../../rules/tables/ord-line.js';
import { payTxn } from '../../rules/tables/pay-txn.js';
import { whsRel } from '../../rules/tables/whs-rel.js';
import { postgresql } from '../../src/decode/connectors/postgresql.js';
import { Decoder } from '../../src/decode/decoder.js';
import type { DecodedRecord } from '../../src/domain/source/change-event.js';
import type { TableDefinition } from '../../src/domain/tables/table.js';
import { legacy, table } from '../../src/rules/index.js';
import { type Envelope, envelopeOf, readRecording, type RecordedRecord, sourceRecord } from './recordings.js';

/** `ord_hdr` with its longest column, which PostgreSQL stores apart (TOAST). */
export const notedHdr: TableDefinition = {
  ...ordHdr,
  columns: { ...ordHdr.columns, notes: legacy.text().nullable().definition },
};
/** Columns of every type that PostgreSQL may store apart. */
export const ordDoc = table('oms.ord_doc', {
  key: ['doc_id'],
  columns: {
    doc_id: legacy.bigint(),
    title: legacy.text(),
    pdf: legacy.text().nullable(),
    meta: legacy.json().nullable(),
    attrs: legacy.json().nullable(),
    xm: legacy.text().nullable(),
  },
});
export const RETAILER: readonly TableDefinition[] = [ordHdr, ordLine, payTxn, whsRel, ordCancel, custAddr];

export const decoderOf = (tables: readonly TableDefinition[] = RETAILER): Decoder =>
  new Decoder({
    source: 'legacy',
    connector: postgresql,
    mode: 'exact',
    topicPrefix: 'legacy',
    transactionTopic: 'legacy.transaction',
    tables,
  });

export const decodeOne = (record: RecordedRecord, tables?: readonly TableDefinition[]): DecodedRecord =>
  decoderOf(tables).decode(sourceRecord(record));

/** First record of `topic` in a recording; tombstones have no envelope. */
export function recorded(
  recording: string,
  topic: string,
  is: (envelope: Envelope, record: RecordedRecord) => boolean = () => true,
): RecordedRecord {
  const found = readRecording(`postgres/${recording}`).find(
    (record) => record.topic === topic && is(envelopeOf(record), record),
  );
  if (found === undefined) throw new TypeError(`${recording} has no such record of ${topic}`);
  return found;
}

/** The wrapper of `schemas.enable=true` taken off. */
export const unwrapped = (record: RecordedRecord): RecordedRecord => ({
  ...record,
  key: record.key === null ? null : JSON.stringify(bodyOf(record.key)),
  value: record.value === null ? null : JSON.stringify(bodyOf(record.value)),
});

const bodyOf = (text: string): unknown => (JSON.parse(text) as { payload: unknown }).payload;

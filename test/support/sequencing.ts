/** Runs a recording through decode and sequence, in any order of the partitions. */
import { Decoder, topicOf } from '../../src/decode/decoder.js';
import type { TableDefinition, ColumnType } from '../../src/domain/table.js';
import type { Sequenced } from '../../src/domain/transaction.js';
import { type Frontier, NO_FRONTIER } from '../../src/sequence/frontier.js';
import { Sequencer } from '../../src/sequence/sequencer.js';
import { type RecordedRecord, recordText } from './recordings.js';

const column = (type: ColumnType, nullable = false) => ({ type, nullable, sensitivity: 'public' as const });
const bigint = column({ kind: 'bigint' });
const text = column({ kind: 'text', trim: false }, true);
const integer = column({ kind: 'integer' });

/** Keys and one column each of the legacy tables. */
export const TABLES: readonly TableDefinition[] = [
  { name: 'oms.ord_hdr', key: ['ord_no'], columns: { ord_no: bigint, sts_cd: text } },
  { name: 'oms.ord_line', key: ['ord_no', 'line_no'], columns: { ord_no: bigint, line_no: integer, resv_flg: text } },
  { name: 'oms.pay_txn', key: ['pay_id'], columns: { pay_id: bigint, ord_no: bigint, pay_sts: text } },
  { name: 'oms.whs_rel', key: ['rel_no'], columns: { rel_no: bigint, ord_no: bigint, whs_cd: text } },
  { name: 'oms.ord_cancel', key: ['ord_no', 'req_no'], columns: { ord_no: bigint, req_no: integer, acc_flg: text } },
  { name: 'oms.cust_addr', key: ['ord_no', 'addr_typ'], columns: { ord_no: bigint, addr_typ: text, ok_flg: text } },
];

export interface Bench {
  readonly decoder: Decoder;
  readonly sequencer: Sequencer;
}

export function bench(
  records: readonly RecordedRecord[],
  frontier: Frontier = NO_FRONTIER,
  heldRowsMax = 100_000,
): Bench {
  const decoder = new Decoder({
    source: 'legacy',
    topicPrefix: 'legacy',
    transactionTopic: 'legacy.transaction',
    tables: TABLES,
  });
  const partitions = [...new Set(records.map((record) => recordText(record).partition))];
  const partitionsByTable = new Map(
    TABLES.map(({ name }) => [name, partitions.filter((p) => p.startsWith(`${topicOf('legacy', name)}/`))] as const),
  );
  const sequencer = new Sequencer({
    source: 'legacy',
    transactionPartition: 'legacy.transaction/0',
    partitionsByTable,
    messagePartitions: partitions.filter((partition) => partition.startsWith('legacy.message/')),
    frontier,
    transactionRowsMax: 100_000,
    heldRowsMax,
    gaps: 'refuse',
  });
  return { decoder, sequencer };
}

/** Everything that comes out when `records` are read in this order. */
export function sequence(
  records: readonly RecordedRecord[],
  { decoder, sequencer }: Bench = bench(records),
): Sequenced[] {
  const consumed = new Set(decoder.topics);
  const read = records.filter((record) => consumed.has(record.topic));
  const bounds = new Map<string, number>();
  for (const record of read) bounds.set(recordText(record).partition, record.offset + 1);
  const out: Sequenced[] = [];
  const drain = (): void => {
    for (;;) {
      const next = sequencer.peek();
      if (next !== undefined) {
        out.push(next);
        sequencer.advance();
      } else if (sequencer.wantsBounds) sequencer.settle(bounds);
      else return;
    }
  };
  for (const record of read) {
    sequencer.push(decoder.decode(recordText(record)));
    drain();
  }
  drain();
  return out;
}

/** Another order that a consumer could have seen: partitions mixed anew by `random`, order inside each kept. */
export function mixPartitions(records: readonly RecordedRecord[], random: () => number): RecordedRecord[] {
  const byPartition = new Map<string, RecordedRecord[]>();
  for (const record of records) {
    const { partition } = recordText(record);
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), record]);
  }
  const queues = [...byPartition.values()];
  const mixed: RecordedRecord[] = [];
  while (queues.length > 0) {
    const index = Math.floor(random() * queues.length);
    const queue = queues[index] ?? [];
    const run = 1 + Math.floor(random() * random() * 20);
    mixed.push(...queue.splice(0, run));
    if (queue.length === 0) queues.splice(index, 1);
  }
  return mixed;
}

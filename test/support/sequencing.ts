/** Runs a recording through decode and sequence, in any order of the partitions. */
import { CONNECTORS } from '../../src/decode/connectors/connectors.js';
import { Decoder } from '../../src/decode/decoder.js';
import { delimiterOf } from '../../src/domain/source/topic-pattern.js';
import { topicName as topicOfPartition } from '../../src/pipeline/topic-name.js';
import type { TableDefinition, ColumnType } from '../../src/domain/tables/table.js';
import { ANNOTATION_ROWS, type DeclaredAnnotation } from '../../src/domain/source/annotation.js';
import type { Step } from '../../src/domain/source/transaction.js';
import type { Mode } from '../../src/domain/source/mode.js';
import { type Frontier, NO_FRONTIER } from '../../src/sequence/frontier/frontier.js';
import { Sequencer } from '../../src/sequence/sequencer.js';
import { type RecordedRecord, sourceRecord } from './recordings.js';

const column = (type: ColumnType, nullable = false) => ({ type, nullable, sensitivity: 'public' as const });
const bigint = column({ kind: 'bigint' });
const text = column({ kind: 'text', trim: false }, true);
const integer = column({ kind: 'integer' });

/** Keys and one column each of the legacy tables. */
export const TABLES: readonly TableDefinition[] = (
  [
    { name: 'oms.ord_hdr', key: ['ord_no'], columns: { ord_no: bigint, sts_cd: text } },
    { name: 'oms.ord_line', key: ['ord_no', 'line_no'], columns: { ord_no: bigint, line_no: integer, resv_flg: text } },
    { name: 'oms.pay_txn', key: ['pay_id'], columns: { pay_id: bigint, ord_no: bigint, pay_sts: text } },
    { name: 'oms.whs_rel', key: ['rel_no'], columns: { rel_no: bigint, ord_no: bigint, whs_cd: text } },
    { name: 'oms.ord_cancel', key: ['ord_no', 'req_no'], columns: { ord_no: bigint, req_no: integer, acc_flg: text } },
    { name: 'oms.cust_addr', key: ['ord_no', 'addr_typ'], columns: { ord_no: bigint, addr_typ: text, ok_flg: text } },
  ] as const
).map((definition) => ({ ...definition, truncate: 'ignore' as const }));

export interface Bench {
  readonly decoder: Decoder;
  readonly sequencer: Sequencer;
}

/** `topic.prefix` of the recordings of each connector. */
const PREFIXES = { postgresql: 'legacy', mariadb: 'shop' } as const;

export interface BenchOptions {
  readonly mode?: Mode;
  readonly connector?: keyof typeof PREFIXES;
  readonly frontier?: Frontier;
  readonly heldRowsMax?: number;
  readonly transactionRowsMax?: number;
  readonly gaps?: 'refuse' | 'report';
  /** The connector's logical name, where it is not the usual one. */
  readonly prefix?: string;
  readonly topics?: string;
  readonly tables?: readonly TableDefinition[];
  /** That are asked for. */
  readonly annotations?: readonly DeclaredAnnotation[];
  /** Where reading starts, as `needed` says. */
  readonly from?: ReadonlyMap<string, number>;
}

export const partitionOf = (record: RecordedRecord): string => `${record.topic}/${record.partition}`;

/** A decoder and a sequencer for the partitions of these records. */
export function bench(records: readonly RecordedRecord[], options: BenchOptions = {}): Bench {
  const { frontier = NO_FRONTIER, heldRowsMax = 100_000, transactionRowsMax = 100_000, gaps = 'refuse' } = options;
  const { mode = 'exact', connector: name = 'postgresql' } = options;
  const { prefix = PREFIXES[name], topics = null, tables = TABLES, annotations = [] } = options;
  const connector = CONNECTORS[name];
  const transactionTopic = topics === null ? `${prefix}.transaction` : `${prefix}${delimiterOf(topics)}transaction`;
  const decoder = new Decoder({
    source: prefix,
    connector,
    mode,
    topicPrefix: prefix,
    topics,
    transactionTopic,
    tables,
    annotations,
  });
  const partitions = [...new Set(records.map(partitionOf))];
  const partitionsByTable = new Map<string, readonly string[]>(
    tables.map(({ name }) => [name, partitions.filter((p) => decoder.tableOf(topicOfPartition(p)) === name)] as const),
  );
  const messagePartitions = partitions.filter((partition) => partition.startsWith(`${prefix}.message/`));
  const sequencer = new Sequencer({
    source: prefix,
    mode,
    transactionPartition: mode === 'exact' ? `${transactionTopic}/0` : null,
    partitionsByTable:
      annotations.length === 0 ? partitionsByTable : partitionsByTable.set(ANNOTATION_ROWS, messagePartitions),
    messagePartitions,
    frontier,
    transactionRowsMax,
    heldRowsMax,
    gaps,
  });
  for (const [partition, offset] of options.from ?? []) sequencer.start(partition, offset);
  return { decoder, sequencer };
}

/** Records of the topics that a sequencer reads. */
export function consumed(records: readonly RecordedRecord[], { decoder } = bench([])): RecordedRecord[] {
  return records.filter(({ topic }) => decoder.reads(topic));
}

/** End of each partition. */
export function endsOf(records: readonly RecordedRecord[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const record of records)
    ends.set(partitionOf(record), Math.max(ends.get(partitionOf(record)) ?? 0, record.offset + 1));
  return ends;
}

/** Where another process goes on, as it finds that in the progress. */
export const standingOf = ({
  sequencer,
}: Pick<Bench, 'sequencer'>): Required<Pick<BenchOptions, 'from' | 'frontier'>> => ({
  from: sequencer.needed(),
  frontier: JSON.parse(JSON.stringify(sequencer.frontier)) as Frontier,
});

export const read = ({ decoder, sequencer }: Bench, record: RecordedRecord): void =>
  sequencer.push(decoder.decode(sourceRecord(record)));

/** Everything that is ready; `ends` is the answer when ends of partitions are asked for. */
export function drain({ sequencer }: Bench, ends: ReadonlyMap<string, number>): Step[] {
  const out: Step[] = [];
  for (;;) {
    const next = sequencer.peek();
    if (next !== undefined) {
      out.push(next);
      sequencer.advance();
    } else if (sequencer.wantsBounds) sequencer.settle(ends);
    else return out;
  }
}

/** Everything that comes out when `records` are read in this order. */
export function sequence(records: readonly RecordedRecord[], started: Bench = bench(records)): Step[] {
  const input = consumed(records, started);
  const ends = endsOf(input);
  const out = input.flatMap((record) => {
    read(started, record);
    return drain(started, ends);
  });
  return [...out, ...drain(started, ends)];
}

/** A transaction in one line: number, position, and its rows in their order. */
export const transactionsOf = (out: readonly Step[]): string[] =>
  out.flatMap((next) =>
    next.kind === 'transaction' ? [`${next.id} ${next.position}: ${next.changes.map(rowText).join(' ')}`] : [],
  );

/** What came out of each partition, rows in the order in which they came: `offset` of a snapshot row, `#id` of a transaction. */
export function orderByPartition(out: readonly Step[]): Record<string, string[]> {
  const orders: Record<string, string[]> = {};
  for (const next of out) {
    if (next.kind === 'snapshot-end') continue;
    for (const { partition, offset } of next.changes) {
      const order = (orders[partition] ??= []);
      const text = next.kind === 'baseline' ? String(offset) : `#${next.position}`;
      if (order.at(-1) !== text) order.push(text);
    }
  }
  return orders;
}

const rowText = ({ op, table, key }: { op: string; table: string; key: string }): string => `${op}:${table}:${key}`;

/** Another order that a consumer could have seen: partitions mixed anew by `random`, order inside each kept. */
export function mixPartitions(records: readonly RecordedRecord[], random: () => number): RecordedRecord[] {
  const byPartition = new Map<string, RecordedRecord[]>();
  for (const record of records) {
    const partition = partitionOf(record);
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

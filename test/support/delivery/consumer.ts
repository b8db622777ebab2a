/** A decoder and a sequencer for a generated or recorded log, started anywhere. */
import type { Connector } from '../../../src/decode/connectors/connector.js';
import { postgresql } from '../../../src/decode/connectors/postgresql.js';
import { Decoder } from '../../../src/decode/decoder.js';
import type { Mode } from '../../../src/domain/source/mode.js';
import type { ColumnType, TableDefinition } from '../../../src/domain/tables/table.js';
import { NO_FRONTIER } from '../../../src/sequence/frontier/frontier.js';
import { Sequencer } from '../../../src/sequence/sequencer.js';
import type { RecordedRecord } from '../recordings.js';
import type { Boundary, StartConsumer } from './delivery.js';

const column = (type: ColumnType, nullable = false) => ({ type, nullable, sensitivity: 'public' as const });
const bigint = column({ kind: 'bigint' });
const text = column({ kind: 'text', trim: false }, true);
const integer = column({ kind: 'integer' });

/** Columns that every generated row has, as plain as they can be declared. */
export const PLAIN_TABLES: readonly TableDefinition[] = [
  { name: 'oms.ord_hdr', key: ['ord_no'], columns: { ord_no: bigint, sts_cd: text, tot_amt: text, fraud_flg: text } },
  { name: 'oms.ord_line', key: ['ord_no', 'line_no'], columns: { ord_no: bigint, line_no: integer, resv_flg: text } },
  { name: 'oms.pay_txn', key: ['pay_id'], columns: { pay_id: bigint, ord_no: bigint, pay_sts: text } },
  { name: 'oms.whs_rel', key: ['rel_no'], columns: { rel_no: bigint, ord_no: bigint, whs_cd: text } },
  { name: 'oms.ord_cancel', key: ['ord_no', 'req_no'], columns: { ord_no: bigint, req_no: integer, acc_flg: text } },
  { name: 'oms.cust_addr', key: ['ord_no', 'addr_typ'], columns: { ord_no: bigint, addr_typ: text, ctry: text } },
];

export interface ConsumerSettings {
  readonly prefix?: string;
  readonly connector?: Connector;
  readonly mode?: Mode;
  readonly tables?: readonly TableDefinition[];
  readonly gaps?: 'refuse' | 'report';
  /** Rows held in memory before partitions that run ahead are left unread. */
  readonly heldRowsMax?: number;
}

/** @param records tell which partitions there are. */
export function consumers(records: readonly RecordedRecord[], settings: ConsumerSettings = {}): StartConsumer {
  const { prefix = 'legacy', connector = postgresql, mode = 'exact', tables = PLAIN_TABLES } = settings;
  const partitions = [...new Set(records.map(({ topic, partition }) => `${topic}/${partition}`))];
  const ofTopic = (topic: string): string[] => partitions.filter((name) => name.startsWith(`${topic}/`));
  const transactionTopic = `${prefix}.transaction`;
  const newDecoder = (): Decoder =>
    new Decoder({ source: prefix, connector, mode, topicPrefix: prefix, transactionTopic, tables });
  return (from: Boundary | null) => {
    let decoder: Decoder | undefined;
    const sequencer = new Sequencer({
      source: prefix,
      mode,
      transactionPartition: mode === 'exact' ? `${transactionTopic}/0` : null,
      partitionsByTable: new Map(tables.map(({ name }) => [name, ofTopic(`${prefix}.${name}`)])),
      messagePartitions: ofTopic(`${prefix}.message`),
      frontier: from?.frontier ?? NO_FRONTIER,
      transactionRowsMax: 100_000,
      heldRowsMax: settings.heldRowsMax ?? 100_000,
      gaps: settings.gaps ?? 'refuse',
    });
    for (const [partition, offset] of from?.needed ?? []) sequencer.start(partition, offset);
    return {
      /** Most often what is read was decoded before. */
      get decoder() {
        return (decoder ??= newDecoder());
      },
      sequencer,
    };
  };
}

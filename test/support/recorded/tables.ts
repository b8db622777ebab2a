/** Definitions of every recorded table that has a readable key: few columns, so that they fit every form the recordings show. */
import { legacy, table } from '../../../src/rules/index.js';
import type { TableDefinition } from '../../../src/domain/tables/table.js';

const { bigint, integer, text } = legacy;

export const RECORDED_TABLES: readonly TableDefinition[] = [
  table('oms.ord_hdr', {
    key: ['ord_no'],
    columns: { ord_no: bigint(), sts_cd: text(), curr_cd: text() },
    truncate: 'ignore',
  }),
  table('oms.ord_line', {
    key: ['ord_no', 'line_no'],
    columns: { ord_no: bigint(), line_no: integer(), sku: text() },
    truncate: 'ignore',
  }),
  table('oms.pay_txn', { key: ['pay_id'], columns: { pay_id: bigint(), ord_no: bigint() }, truncate: 'ignore' }),
  table('oms.whs_rel', { key: ['rel_no'], columns: { rel_no: bigint(), ord_no: bigint() } }),
  table('oms.ord_cancel', { key: ['ord_no', 'req_no'], columns: { ord_no: bigint(), req_no: integer() } }),
  table('oms.cust_addr', {
    key: ['ord_no', 'addr_typ'],
    columns: { ord_no: bigint(), addr_typ: text({ trim: true }), city: text() },
  }),
  table('oms.ord_doc', { key: ['doc_id'], columns: { doc_id: bigint(), title: text() } }),
  table('oms.ord_note', { key: ['ord_no', 'seq'], columns: { ord_no: bigint(), seq: integer() } }),
  table('oms.whs_loc', { key: ['whs_cd', 'bin'], columns: { whs_cd: text({ trim: true }), bin: text() } }),
  table('oms.type_zoo', { key: ['id'], columns: { id: bigint(), what: text() } }),
  table('oms.k_uuid', { key: ['k'], columns: { k: legacy.uuid() } }),
  table('oms.k_uniq', { key: ['a'], columns: { a: integer() } }),
  table('oms.Odd Name$', { key: ['Key Col'], columns: { 'Key Col': integer(), größe: text(), 'a.b': integer() } }),
];

/** Tables that change while the connector runs (recording 11): what becomes of each streamed row, in the order of the log. */
import { describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../../../src/domain/source/change-event.js';
import type { TableDefinition } from '../../../src/domain/tables/table.js';
import { decoderOf, notedHdr, RETAILER } from '../../support/decoding.js';
import { readRecording, sourceRecord } from '../../support/recordings.js';

const NOTED = RETAILER.map((definition) => (definition.name === notedHdr.name ? notedHdr : definition));

function streamed(tables: readonly TableDefinition[]): ChangeEvent[] {
  const decoder = decoderOf(tables);
  return readRecording('postgres/11-ddl')
    .map((record) => decoder.decode(sourceRecord(record)))
    .filter((decoded) => decoded.kind === 'change')
    .filter(({ transaction }) => transaction !== null)
    .sort((left, right) => (left.transaction!.position < right.transaction!.position ? -1 : 1));
}

const told = ({ table, op, key, refusal }: ChangeEvent): string =>
  `${table} ${op} ${key}: ${refusal === null ? 'read' : `${refusal.code} ${/^\S+/.exec(refusal.text)?.[0] ?? ''}`}`;

describe('a row after its table was altered', () => {
  it('is read while all declared columns fit, and refused by the first one that does not', () => {
    expect(streamed(NOTED).map(told)).toEqual([
      'oms.pay_txn c 1: read',
      'oms.ord_hdr u 110001: read',
      // 1: a column that is not declared was added
      'oms.ord_hdr u 110001: read',
      'oms.ord_hdr u 110001: read',
      // 2: one with a default
      'oms.ord_line u 110001/1: read',
      // 3: a declared column was renamed; every later row of the table lacks it
      'oms.ord_hdr u 110002: ROW_INVALID oms.ord_hdr.notes',
      // 4: a column that is not declared was dropped
      'oms.cust_addr u 110002/SHIP: read',
      // 5: declared columns were widened and hold what their declaration does not
      'oms.ord_line u 110002/1: ROW_INVALID oms.ord_line.qty',
      'oms.pay_txn c 2: ROW_INVALID oms.pay_txn.amt',
      // 6: a column was added between two rows of one transaction
      'oms.ord_hdr u 110003: ROW_INVALID oms.ord_hdr.notes',
      'oms.ord_hdr u 110003: ROW_INVALID oms.ord_hdr.notes',
      // 7: a declared column was dropped and added with another type
      'oms.whs_rel c 1: ROW_INVALID oms.whs_rel.whs_cd',
      // 8: a declared column became nullable; 9: another table
      'oms.ord_hdr u 110001: ROW_INVALID oms.ord_hdr.notes',
      'oms.ord_hdr u 110001: ROW_INVALID oms.ord_hdr.notes',
      // deletes carry their key only
      'oms.ord_line d 110003/2: read',
      'oms.ord_hdr d 110003: read',
      'oms.ord_line d 110003/1: read',
    ]);
  });

  it('is read when the table definition does not declare what changed', () => {
    const rows = streamed(RETAILER).filter(({ table }) => table === 'oms.ord_hdr');
    expect(rows.map(({ refusal }) => refusal)).toEqual(rows.map(() => null));
    expect(rows.at(-2)?.row).toHaveProperty('chnl_cd', null);
  });

  it('keeps what it can be placed by: transaction and key stand in a refused row too', () => {
    const refused = streamed(NOTED).filter(({ refusal }) => refusal !== null);
    expect(refused.length).toBe(8);
    for (const { key, transaction } of refused) {
      expect(key).toMatch(/^\d+/);
      expect(transaction?.order).toBeGreaterThan(0);
    }
  });

  it('carries none of the new columns', () => {
    const names = new Set(streamed(NOTED).flatMap(({ row }) => Object.keys(row ?? {})));
    for (const name of ['prio_cd', 'uom', 'remark', 'loyal_flg']) expect(names).not.toContain(name);
  });
});

/** A pipeline in memory over recorded orders, of which the last change of each order's header has a code that the rules do not know. */
import type { TaskSettings } from '../../../src/pipeline/task.js';
import { isStreamedRow } from '../recorded/histories.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../recordings.js';
import { retailerRules, Rig } from '../rig.js';

const isHeader = (record: RecordedRecord): boolean => record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record);

/** @param sku of every line that a transaction wrote; default: as recorded. */
export async function poisonedOrders(sku: string | null = null): Promise<Rig> {
  const rules = await retailerRules();
  const records = readRecording('postgres/01-lifecycle');
  const lastOf = new Map(records.filter(isHeader).map((record) => [record.key, record] as const));
  const bad = new Map(
    [...lastOf.values()]
      .filter((record) => envelopeOf(record).op === 'u')
      .map((record) => [record, edited(record, ({ after }) => (after!.sts_cd = '77'))]),
  );
  const sold = (record: RecordedRecord): RecordedRecord =>
    sku === null || record.topic !== 'legacy.oms.ord_line' || !isStreamedRow(record) || envelopeOf(record).op === 'd'
      ? record
      : edited(record, ({ after }) => (after!.sku = sku));
  const rig = new Rig(
    records.map((record) => bad.get(record) ?? sold(record)),
    { rules },
  );
  await rig.live();
  return rig;
}

/** Rules that know the code. */
export async function knowing77(rig: Rig): Promise<TaskSettings> {
  const { rules } = await retailerRules();
  const table = rules.tables.get('oms.ord_hdr')!;
  const { sts_cd: column } = table.columns;
  if (column?.type.kind !== 'code') throw new Error('sts_cd is a code');
  const codes = { ...column.type.codes, '77': Object.values(column.type.codes)[0]! };
  const columns = { ...table.columns, sts_cd: { ...column, type: { ...column.type, codes } } };
  return {
    ...rig.settings('knowing'),
    rules: { ...rules, tables: new Map([...rules.tables, ['oms.ord_hdr', { ...table, columns }]]) },
  };
}

/** A pipeline in memory over recorded orders, of which the last change of each order's header has a code that the rules do not know. */
import type { TaskSettings } from '../../../src/pipeline/task.js';
import type { CompiledRules } from '../../../src/rules/compile.js';
import { isStreamedRow } from '../recorded/histories.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../recordings.js';
import { retailerRules, Rig } from '../rig.js';

export interface PoisonedOptions {
  /** Of every line that a transaction wrote; default: as recorded. */
  readonly sku?: string;
  /** Orders that are expected to be accepted within forty minutes, and whose two seconds took five and a half hours, until the same instant. */
  readonly isSlow?: boolean;
}

const SLOWER = 10_000;
const WITHIN_MS = 40 * 60_000;
const ACCEPTED = 'OrderAcceptedForFulfillment';

const isHeader = (record: RecordedRecord): boolean => record.topic === 'legacy.oms.ord_hdr' && isStreamedRow(record);

export async function poisonedOrders({ sku, isSlow = false }: PoisonedOptions = {}): Promise<Rig> {
  const { rules, digest } = await retailerRules();
  const records = readRecording('postgres/01-lifecycle');
  const lastOf = new Map(records.filter(isHeader).map((record) => [record.key, record] as const));
  const bad = new Map(
    [...lastOf.values()]
      .filter((record) => envelopeOf(record).op === 'u')
      .map((record) => [record, edited(record, ({ after }) => (after!.sts_cd = '77'))]),
  );
  const sold = (record: RecordedRecord): RecordedRecord =>
    sku === undefined ||
    record.topic !== 'legacy.oms.ord_line' ||
    !isStreamedRow(record) ||
    envelopeOf(record).op === 'd'
      ? record
      : edited(record, ({ after }) => (after!.sku = sku));
  const poisoned = records.map((record) => bad.get(record) ?? sold(record));
  const rig = isSlow
    ? new Rig(slower(poisoned), { rules: { rules: expecting(rules), digest }, nowMs: lastMs(records) })
    : new Rig(poisoned, { rules: { rules, digest } });
  await rig.live();
  return rig;
}

/** Commit times of rows and boundaries. */
const timeOf = (record: RecordedRecord): number | undefined => {
  const { source, ts_ms } = envelopeOf(record) as { source?: { ts_ms?: number }; ts_ms?: number };
  return source === undefined ? ts_ms : source.ts_ms;
};

const lastMs = (records: readonly RecordedRecord[]): number =>
  Math.max(...records.map((record) => timeOf(record) ?? 0));

function slower(records: readonly RecordedRecord[]): RecordedRecord[] {
  const last = lastMs(records);
  return records.map((record) => {
    const ms = timeOf(record);
    if (ms === undefined) return record;
    const then = last - (last - ms) * SLOWER;
    return edited(record, (envelope) => {
      if ('source' in envelope) envelope.source['ts_ms'] = then;
      else Object.assign(envelope, { ts_ms: then });
    });
  });
}

function expecting(rules: CompiledRules): CompiledRules {
  const order = rules.aggregates.get('order')!;
  const facts = order.facts.map((fact) =>
    fact.name === ACCEPTED ? { ...fact, expected: { withinMs: WITHIN_MS, after: null, unless: [] } } : fact,
  );
  return { ...rules, aggregates: new Map([...rules.aggregates, [order.name, { ...order, facts }]]) };
}

/** Rules that know the code. */
export function knowing77(rig: Rig): TaskSettings {
  const { rules } = rig.settings();
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

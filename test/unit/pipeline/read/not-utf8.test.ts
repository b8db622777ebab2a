/** Bytes that are no UTF-8: they would become other characters, and an event another content, without a sign (G6). */
import { expect, it } from 'vitest';
import type { RawBatch } from '../../../../src/pipeline/ports.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

const CURRENCY = Buffer.from('"curr_cd":"');

/** The first byte of the currency is one that UTF-8 does not have. */
function damaged(value: Buffer): Buffer {
  const bytes = Buffer.from(value);
  bytes[bytes.indexOf(CURRENCY) + CURRENCY.length] = 0xff;
  return bytes;
}

it('parks the order of a record that is not UTF-8, and no other', async () => {
  const rules = await retailerRules();
  const records = readRecording('postgres/01-lifecycle');
  const whole = new Rig(records, { rules });
  await whole.live();

  const rig = new Rig(records, { rules });
  const ports = rig.ports();
  const take = ports.source.take.bind(ports.source);
  let order: string | undefined;
  ports.source.take = (partition): RawBatch | undefined => {
    const batch = take(partition);
    if (batch?.topic !== 'legacy.oms.ord_hdr') return batch;
    return {
      ...batch,
      records: Array.from(batch.records, (record) => {
        if (order !== undefined || record.value?.includes('"op":"u"') !== true) return record;
        order = (JSON.parse(String(record.key)) as { ord_no: number }).ord_no.toString();
        return { ...record, value: damaged(record.value) };
      }),
    };
  };
  expect(await rig.live(ports)).toEqual({ kind: 'drained' });

  expect(order).toBeDefined();
  const parked = rig.journal().filter(({ outcome }) => outcome === 'parked');
  expect(parked.map(({ id, refusal }) => [id, refusal?.code])).toEqual([[order, 'RECORD_UNDECODABLE']]);
  const others = (of: Rig) => of.published().filter(({ key }) => key !== order);
  expect(others(rig)).toEqual(others(whole));
});

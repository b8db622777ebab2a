/**
 * A row whose envelope can be read, and whose image cannot: it is refused in its own transaction, in every mode. So its order is parked as of that, all
 * others go on, and nothing that is missing elsewhere is taken for it.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { RowChange } from '../../../../src/domain/change-set.js';
import { committed, isStreamedRow, xidOf } from '../../../support/recorded/histories.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { retailerRules, Rig, type SourceChanges } from '../../../support/rig.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

const LINE = 'legacy.oms.ord_line';
/** Tables whose keys name their order. */
const NAMING = ['ord_hdr', 'ord_line', 'cust_addr', 'ord_cancel'].map((name) => `legacy.oms.${name}`);
const orderOf = (record: RecordedRecord): string =>
  String((envelopeOf(record).after ?? envelopeOf(record).before)?.ord_no);
const transactionOf = (record: RecordedRecord): string => xidOf(record) || String(envelopeOf(record).source.txId);
const unread = (record: RecordedRecord): RecordedRecord => edited(record, (envelope) => (envelope.after = 7 as never));
const rowOf = ({ table, key }: RowChange): string => `legacy.${table} ${key}`;
const rowIn = ({ topic, key }: RecordedRecord): string =>
  `${topic} ${Object.values(JSON.parse(key ?? '{}') as Record<string, unknown>).join('/')}`;

describe.each<[string, string, SourceChanges]>([
  ['exact', 'postgres/01-lifecycle', {}],
  ['position', 'postgres/14-no-metadata', { mode: 'position' }],
])('in %s mode', (_, recording, source) => {
  const records = readRecording(recording);
  const rows = records.filter((one) => isStreamedRow(one) && NAMING.includes(one.topic) && envelopeOf(one).op !== 'd');
  let sound: Rig;
  beforeAll(async () => {
    sound = new Rig(records, { rules, source });
    await sound.live();
  });

  it('parks its order, as of its own transaction and with all of that, and no other', async () => {
    const decided = new Set(sound.journal().map(({ id, origin }) => `${id} ${origin.transactionId ?? ''}`));
    const known = rows.filter((one) => decided.has(`${orderOf(one)} ${transactionOf(one)}`));
    const tried = known.filter((__, i) => i % 24 === 0);
    expect(tried.length).toBeGreaterThan(1);
    for (const row of tried) {
      const [order, transaction] = [orderOf(row), transactionOf(row)];
      const input = records.map((one) => (one === row ? unread(one) : one));
      const rig = new Rig(input, { rules, source });
      expect(await rig.live()).toEqual({ kind: 'drained' });
      expect(rig.parked()).toEqual({ [`order:${order}`]: 'RECORD_UNDECODABLE' });
      const [first] = rig.states().get(`order:${order}`)?.parked?.waiting ?? [];
      expect(first?.origin.transactionId).toBe(transaction);
      const written = records.filter((one) => isStreamedRow(one) && transactionOf(one) === transaction);
      expect(new Set(first?.changes.map(rowOf))).toEqual(
        new Set(written.filter((one) => orderOf(one) === order).map(rowIn)),
      );
      const others = (one: Rig): unknown[] => one.published().filter(({ key }) => key !== order);
      expect(others(rig)).toEqual(others(sound));
      const events = rig.eventsOf(order);
      expect(events).toEqual(sound.eventsOf(order).slice(0, events.length));
    }
  });
});

it('never stands for a row that another transaction lacks', async () => {
  const records = readRecording('postgres/01-lifecycle');
  const lines = records.filter((one) => one.topic === LINE && isStreamedRow(one) && envelopeOf(one).op !== 'd');
  const transactions = committed(records).filter((xid) => lines.some((one) => xidOf(one) === xid));
  expect(transactions.length).toBeGreaterThan(3);
  for (const [i, later] of transactions.slice(1, 4).entries()) {
    const lacking = transactions[i];
    const lost = lines.find((one) => xidOf(one) === lacking);
    const bad = lines.find((one) => xidOf(one) === later);
    const rig = new Rig(
      records.filter((one) => one !== lost).map((one) => (one === bad ? unread(one) : one)),
      { rules },
    );
    await rig.live();
    const held = rig.told.findLast((event) => event.kind === 'sequenced');
    expect(held).toMatchObject({ held: { transaction: lacking, code: 'TRANSACTION_INCOMPLETE' } });
  }
});

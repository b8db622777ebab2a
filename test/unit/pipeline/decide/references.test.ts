/**
 * Rows that are found via others, and lookup tables, in the whole pipeline over recorded topics: where rows end up is held against
 * the last record of each row, and one fault at every call to the outside changes nothing that is published (SPEC T2 to T6).
 */
import { describe, expect, it } from 'vitest';
import { ROWS } from '../../../../src/pipeline/state/cells.js';
import { ownedRows, ownerOf } from '../../../../src/changeset/owners.js';
import { aggregateRef, type AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import { LOOKUP_AGGREGATE } from '../../../../src/domain/tables/feed.js';
import { vanishedIn } from '../../../support/pipeline/snapshots.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { envelopeOf, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { type LifeEnd, Rig } from '../../../support/rig.js';
import { stages } from '../../../support/sources/stages.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

waitsTakeNoTime();

/** Small drafts: transactions are decided in several, and moves have to keep them together. */
const settings = { limits: { transactionsMax: 4, rowsMax: 500, changeSetsMax: 3 } };

/** The last state of each aggregate. */
const states = (rig: Rig): Map<string, AggregateState> => rig.states();

/** Keys of rows by state, as the journal has them; states without rows of the table are left out. */
function kept(rig: Rig, table: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [name, { rows, snapshots, findings }] of states(rig)) {
    if (aggregateRef(name).aggregate === LOOKUP_AGGREGATE) continue;
    const staged = Object.values(snapshots ?? {}).flatMap((marks) => marks.staged ?? []);
    expect(staged.flatMap((stage) => Object.keys(stage.rows))).toEqual([]);
    // Vanished rows stay where they were.
    const keys = Object.keys({ ...rows[table], ...findings?.vanished[table] });
    if (keys.length > 0) found[name] = keys.sort();
  }
  return found;
}

type Row = Readonly<Record<string, unknown>>;

/** Rows by key as the last records of a table leave them. */
function last(records: readonly RecordedRecord[], table: string): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const record of records) {
    if (record.topic !== `legacy.oms.${table}` || record.value === null || record.key === null) continue;
    const { after } = envelopeOf(record);
    const fields = JSON.parse(record.key) as { payload?: Record<string, unknown> } & Record<string, unknown>;
    const key = Object.values(fields.payload ?? fields).join('/');
    if (after === null) rows.delete(key);
    else rows.set(key, after);
  }
  return rows;
}

/** Where rows of a table belong, by the last records alone. */
function expected(records: readonly RecordedRecord[], table: string): Record<string, string[]> {
  const headers = last(records, 'ord_hdr');
  const found: Record<string, string[]> = {};
  for (const [key, row] of last(records, table)) {
    const order = String(row['ord_no']);
    const header = headers.get(order);
    const place = header === undefined ? `stage?:oms.ord_hdr/${order}` : `stage:${header['sts_cd'] as string}`;
    (found[place] ??= []).push(key);
  }
  for (const keys of Object.values(found)) keys.sort();
  return found;
}

describe.each([
  'postgres/01-lifecycle',
  'postgres/02-interleaved',
  'postgres/04-key-change',
  'postgres/07b-snapshot-open-transactions',
  'postgres/07c-snapshot-open-first',
  'postgres/08-incremental-snapshot',
  'postgres/07-resnapshot',
  'postgres/12-bulk',
  'postgres/18-as-consumed-live',
])('%s', (name) => {
  const records = readRecording(name);

  it('leaves every row where its parent is, or waiting for it', async () => {
    const rig = new Rig(records, { rules: stages, settings });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(rig.parked()).toEqual({});
    for (const table of ['ord_line', 'pay_txn']) {
      expect(kept(rig, `oms.${table}`), table).toEqual(expected(records, table));
    }
  });

  it('has every row of the lookup table in a state of its own, as its members are, and none that is gone', async () => {
    const rig = new Rig(records, { rules: stages, settings: { ...settings, cacheBytesMax: 1 } });
    expect(await rig.live()).toEqual({ kind: 'drained' });
    const [members, lookups] = [new Map<string, Row>(), new Map<string, Row>()];
    for (const [text, { rows, findings }] of states(rig)) {
      const { aggregate, id } = aggregateRef(text);
      const isLookup = aggregate === LOOKUP_AGGREGATE;
      const headers = Object.entries(rows['oms.ord_hdr'] ?? {});
      for (const [key, row] of headers) (isLookup ? lookups : members).set(key, row);
      if (!isLookup) continue;
      expect(headers.map(([key]) => `oms.ord_hdr/${key}`)).toEqual(headers.length === 0 ? [] : [id]);
      expect(findings, text).toBeUndefined();
    }
    expect(lookups).toEqual(members);
    expect(lookups.size).toBeGreaterThan(2);
  });

  it('has the same index and states after the store was lost', async () => {
    const rig = new Rig(records, { rules: stages, settings });
    await rig.live();
    const known = states(rig);
    const owners = new Map<string, string>();
    for (const [text, state] of known)
      for (const [row, owner] of ownedRows(aggregateRef(text), state, stages.rules)) owners.set(row, owner);
    const rows = [...owners.keys()];
    const stored = async () => {
      const marker = (await rig.store.marker()) ?? '';
      return [await rig.store.loadFields(marker, ROWS, rows), await rig.store.load(marker, [...known.keys()])] as const;
    };
    const before = await stored();
    expect(before[0]).toEqual(rows.map((row) => owners.get(row)));
    rig.store.clear();
    await rig.live();
    expect(await stored()).toEqual(before);
  });
});

it('a row of a lookup table that a snapshot did not have is gone, and the journal says so', async () => {
  const rig = new Rig(readRecording('postgres/07-resnapshot'), { rules: stages, settings });
  await rig.live();
  const entries = rig.journal().filter(({ aggregate }) => aggregate === LOOKUP_AGGREGATE);
  const vanished = vanishedIn(entries);
  expect(vanished.length).toBeGreaterThan(0);
  for (const name of vanished) {
    const id = name.replace(' ', '/');
    expect(states(rig).get(`${LOOKUP_AGGREGATE}:${id}`)?.rows).toEqual({});
    expect(entries.find((entry) => entry.id === id && vanishedIn([entry]).length > 0)?.outcome).toBe('settled');
  }
});

describe('rows whose parent never comes', () => {
  it('are told of, and named by the journal', async () => {
    const rig = new Rig(readRecording('postgres/12-bulk'), { rules: stages, settings });
    await rig.live();
    const counts = new Map(rig.told.flatMap((told) => (told.kind === 'waiting' ? [[told.parent, told.rows]] : [])));
    const waiting = [...states(rig)].filter(([name, { rows }]) => name.includes('?') && Object.keys(rows).length > 0);
    expect(waiting.length).toBeGreaterThan(10);
    for (const [name, { rows }] of waiting) {
      const keys = Object.values(rows).flatMap((table) => Object.keys(table));
      expect(counts.get(name.slice('stage?:'.length)), name).toBe(keys.length);
    }
    expect([...counts.values()].filter((count) => count > 0)).toHaveLength(waiting.length);
  });
});

describe('a release', () => {
  it('is published with the status that its order had when it was committed', async () => {
    const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules: stages, settings });
    await rig.live();
    const dispatched = rig.published().filter(({ value }) => value['eventType'] === 'OrderDispatched');
    expect(new Set(dispatched.map(({ value }) => value['status']))).toEqual(new Set(['30']));
    const [entry] = rig.journal().filter(({ aggregate, events = [] }) => aggregate === 'dispatch' && events.length > 0);
    expect(Object.keys(entry?.looked ?? {})).toEqual(['oms.ord_hdr']);
    expect(rig.states().get(`dispatch:${entry?.id ?? ''}`)?.looked).toEqual(
      rig.journal().findLast(({ id, looked }) => id === entry?.id && looked !== undefined)?.looked,
    );
  });
});

describe('at whichever call', () => {
  /**
   * Orders that are renumbered with all their lines: each fault at each call. And a business day, in which every order changes its
   * status: it has so many calls that every second one has one of the faults, in turn.
   */
  const cases = FAULTS.flatMap((fault, from) => [
    { fault, name: 'postgres/04-key-change', limits: settings.limits, from: 0, step: 1 },
    {
      ...{ fault, name: 'postgres/18-as-consumed-live', limits: { ...settings.limits, transactionsMax: 25 } },
      ...{ from: 2 * from, step: 2 * FAULTS.length },
    },
  ]);

  it.each(cases)('$fault ($name): the same is published, each once, and rows are in the same place', async (each) => {
    const { fault, limits, from, step } = each;
    const records = readRecording(each.name);
    const options = { rules: stages, settings: { limits } };
    const whole = new Rig(records, options);
    const undisturbed = withFault(whole.ports(), NO_FAULT, clearing(whole.store));
    await whole.live(undisturbed);
    expect(whole.published().length).toBeGreaterThan(0);
    const { calls } = undisturbed;
    for (let i = from; i < calls.length; i += step) {
      const name = calls[i];
      const rig = new Rig(records, options);
      let end: LifeEnd = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') end = await rig.live(rig.ports(), rig.settings('another digest'));
      const where = `${fault}: call ${i + 1} (${name})`;
      expect(end, where).toEqual({ kind: 'drained' });
      expect(rig.published(), where).toEqual(whole.published());
      expect(kept(rig, 'oms.ord_line'), where).toEqual(kept(whole, 'oms.ord_line'));
    }
  });
});

it('the index finds every child through its parent', () => {
  const [feed] = stages.rules.feeds.get('oms.ord_line') ?? [];
  if (!feed) throw new TypeError('no feed');
  const index = new Map([['oms.ord_hdr:stage:4711', 'stage:20']]);
  expect(ownerOf('stage?:oms.ord_hdr/4711', feed, index)).toBe('stage:20');
  expect(ownerOf('stage?:oms.ord_hdr/4712', feed, index)).toBe('stage?:oms.ord_hdr/4712');
  expect(ownerOf('stage:30', feed, index)).toBe('stage:30');
});

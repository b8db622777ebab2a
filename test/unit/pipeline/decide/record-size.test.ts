/** Records that would be larger than their topic takes: their order waits, everything else goes on, and nothing is tried for ever. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MemorySink } from '../../../../src/adapters/memory/sink.js';
import { batchBytes, OWN_RECORD_BYTES_MAX, RECORD_BYTES_MAX } from '../../../../src/domain/record-size.js';
import { cellKey, queueOf } from '../../../../src/pipeline/state/cells.js';
import { GROUP, type LifeEnd, Rig, type RigPorts } from '../../../support/rig.js';
import { hdr, lineRow, noteRecords, noteRules, type NoteRow } from '../../../support/sources/notes.js';

const rules = noteRules();
const rigOf = (...transactions: NoteRow[][]): Rig => new Rig(noteRecords(transactions), { rules });
const keys = (rig: Rig): string[] => rig.published().map(({ key }) => key);
const wrong = (rig: Rig): string[] =>
  rig.told.flatMap((event) => (event.kind === 'failed' ? [`${event.code}: ${event.text}`] : []));
const drained: LifeEnd = { kind: 'drained' };

/** The ports of the rig, whose topics take no more than this. */
const taking = (rig: Rig, recordBytesMax: (topic: string) => number): RigPorts => {
  const settings = { group: GROUP, own: rig.settings().topics, recordBytesMax };
  return { ...rig.ports(), sink: new MemorySink(rig.log, settings) };
};
const only = (name: string) => (bytesMax: number) => (topic: string) =>
  topic === name ? bytesMax : OWN_RECORD_BYTES_MAX;
const events = only('orders.out');
const journal = only('dragoman.orders.journal');
const state = only('dragoman.orders.state');
/** A command for order 2. */
const commandOf = (kind: string, parts: object = {}): object => ({
  ...{
    kind,
    id: randomUUID(),
    at: '2026-01-01T00:00:00.000Z',
    pipeline: 'orders',
    by: 'ann',
    reason: 'the limit was raised',
  },
  arguments: { aggregate: 'order', id: '2', ...parts },
});
const textOf = (rig: Rig): string | undefined =>
  rig.journal().findLast(({ id, refusal }) => id === '2' && refusal !== null)?.refusal?.text;
const waitingIn = (rig: Rig) => rig.states().get('order:2')?.parked?.waiting ?? [];

describe('an event that is too large', () => {
  const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'READY', 'y'.repeat(1_100_000))], [hdr('3', 'READY')]);

  it('parks its order, which is named with the sizes, and the rest goes on', async () => {
    expect(await rig.live()).toEqual(drained);
    expect(keys(rig)).toEqual(['1', '3']);
    expect(rig.parked()).toEqual({ 'order:2': 'EVENT_TOO_LARGE' });
    const { refusal } = rig.journal().find(({ id }) => id === '2') ?? {};
    expect(refusal?.text).toMatch(
      /^OrderReady v1 of order 2 is 1,10\d,\d{3} bytes as a record, and topic orders\.out takes 1,048,588 \(max\.message\.bytes\)\./,
    );
    expect(wrong(rig)).toEqual([]);
  });

  it('is published by a retry when the topic takes it', async () => {
    rig.command(commandOf('unpark'));
    expect(await rig.live(taking(rig, events(2_000_000)))).toEqual(drained);
    expect(keys(rig)).toEqual(['1', '3', '2']);
    expect(rig.parked()).toEqual({});
  });

  it('is one from the first byte over the limit on', async () => {
    const fits = async (bytesMax: number): Promise<string[]> => {
      const one = rigOf([hdr('1', 'READY')]);
      await one.live(taking(one, events(bytesMax)));
      return keys(one);
    };
    const whole = rigOf([hdr('1', 'READY')]);
    await whole.live();
    const [event] = whole.log.records('orders.out/0');
    const bytes = batchBytes({ key: event?.key ?? '', value: event?.value ?? '', headers: event?.headers });
    expect(await fits(bytes)).toEqual(['1']);
    expect(await fits(bytes - 1)).toEqual([]);
  });
});

it('a dead letter that would be too large leaves the rows out, and the order is parked all the same', async () => {
  const lines = Array.from({ length: 6_000 }, (_, i) => lineRow(String(i + 1), '2', 'x'.repeat(120)));
  const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'READY', null), ...lines], [hdr('3', 'READY')]);
  expect(await rig.live()).toEqual(drained);
  expect(keys(rig)).toEqual(['1', '3']);
  const [letter] = rig.deadLetters();
  const value = JSON.parse(letter?.value ?? '') as Record<string, unknown>;
  expect(value).toMatchObject({ changes: [], changesLeftOut: 6_001, original: { topic: 'legacy.oms.hdr', offset: 1 } });
  expect(Buffer.byteLength(letter?.value ?? '')).toBeLessThan(RECORD_BYTES_MAX);
});

const note = (length: number): string => 'z'.repeat(length);

it('very many rows of one order that have no room wait without what is in them, and stop nothing', async () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => lineRow(String(i + 1), '2', 'x'.repeat(400)));
  const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'READY'), ...lines], [hdr('3', 'READY')]);
  const small = (topic: string): number => (topic.startsWith('dragoman.orders.') ? 700_000 : OWN_RECORD_BYTES_MAX);
  expect(await rig.live(taking(rig, small))).toEqual(drained);
  expect(keys(rig)).toEqual(['1', '3']);
  expect(rig.parked()).toEqual({ 'order:2': 'DECISION_TOO_LARGE' });
  const [first] = waitingIn(rig);
  expect(first?.changes).toHaveLength(2_001);
  expect(first?.changes.every(({ row, refusal }) => row === null && refusal?.code === 'DECISION_TOO_LARGE')).toBe(true);
  expect(wrong(rig)).toEqual([]);
});

it('an entry of a change set that waits does not name its rows where they have no room', async () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => lineRow(String(i + 1), '2', 'x'.repeat(400)));
  const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'READY'), ...lines], [hdr('3', 'READY')]);
  expect(await rig.live(taking(rig, journal(70_000)))).toEqual(drained);
  expect(rig.parked()).toEqual({ 'order:2': 'DECISION_TOO_LARGE' });
  expect(rig.journal().find(({ id, outcome }) => id === '2' && outcome === 'parked')?.rows).toEqual([]);
  expect(waitingIn(rig)[0]?.changes.filter(({ row }) => row !== null)).toHaveLength(2_001);
  rig.command(commandOf('unpark'));
  expect(await rig.live()).toEqual(drained);
  expect(keys(rig)).toEqual(['1', '3', '2']);
});

describe('a row that is larger than a record of the state topic', () => {
  const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'READY', note(300_000))], [hdr('3', 'READY')]);

  it('parks its order, which is named with the row and the sizes, and the rest goes on', async () => {
    expect(await rig.live(taking(rig, state(200_000)))).toEqual(drained);
    expect(keys(rig)).toEqual(['1', '3']);
    expect(rig.parked()).toEqual({ 'order:2': 'ROW_TOO_LARGE' });
    expect(textOf(rig)).toMatch(
      /^Row oms\.hdr 2 of order 2 would be 300,\d{3} bytes as a record of dragoman\.orders\.state, where 200,000 have room\. Declare fewer columns or raise/,
    );
    expect(rig.journal().find(({ id }) => id === '2')?.refusal).toEqual({ code: 'ROW_TOO_LARGE', text: textOf(rig) });
    expect(wrong(rig)).toEqual([]);
  });

  it('has no room while it waits either: what waits says where it stands', () => {
    const [first] = waitingIn(rig);
    expect(first?.changes).toMatchObject([
      { table: 'oms.hdr', key: '2', row: null, refusal: { code: 'ROW_TOO_LARGE' } },
    ]);
    expect(rig.states().get('order:2')?.rows).toEqual({});
  });

  it('is one from the first byte over the limit on', async () => {
    const whole = rigOf([hdr('1', 'READY', note(5_000))]);
    await whole.live();
    const [record] = whole.log
      .partitionsOf('dragoman.orders.state')
      .flatMap((partition) => whole.log.records(partition))
      .filter(({ key }) => key === cellKey({ hash: 'order:1', field: 'roms.hdr\t1' }));
    const bytes = batchBytes({ key: record?.key ?? '', value: record?.value ?? '' });
    const parkedAt = async (bytesMax: number): Promise<Record<string, string>> => {
      const one = rigOf([hdr('1', 'READY', note(5_000))]);
      await one.live(taking(one, state(bytesMax)));
      return one.parked();
    };
    expect(await parkedAt(bytes)).toEqual({});
    expect(await parkedAt(bytes - 1)).toEqual({ 'order:1': 'ROW_TOO_LARGE' });
  });
});

it('an order may grow far beyond a record: its rows have to fit, one by one', async () => {
  const lines = Array.from({ length: 30 }, (_, i) => [lineRow(String(i + 1), '2', note(150_000))]);
  const rig = rigOf([hdr('2', 'OPEN')], ...lines, [hdr('2', 'READY', 'n', 'u')]);
  expect(await rig.live(taking(rig, state(200_000)))).toEqual(drained);
  expect(keys(rig)).toEqual(['2']);
  expect(Object.keys(rig.states().get('order:2')?.rows['oms.line'] ?? {})).toHaveLength(30);
  rig.store.clear();
  expect(await rig.live()).toEqual(drained);
});

describe('what is decided at once and is larger than a journal record', () => {
  const lines = [1, 2, 3].map((i) => lineRow(String(i), '2', note(100_000)));
  const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'READY'), ...lines], [hdr('3', 'READY')], [lineRow('4', '2')]);

  it('parks its order as it was, with the change waiting, and the rest goes on', async () => {
    expect(await rig.live(taking(rig, journal(200_000)))).toEqual(drained);
    expect(keys(rig)).toEqual(['1', '3']);
    expect(rig.parked()).toEqual({ 'order:2': 'DECISION_TOO_LARGE' });
    expect(textOf(rig)).toMatch(
      /^What was decided at once of order 2 would be 30\d,\d{3} bytes as a record of dragoman\.orders\.journal, where 200,000 have room\./,
    );
    expect(rig.states().get('order:2')?.rows).toEqual({});
    expect(waitingIn(rig).map(({ changes }) => changes.map(({ key, row }) => [key, row === null]))).toEqual([
      [
        ['2', false],
        ['1', false],
        ['2', false],
        ['3', false],
      ],
      [['4', false]],
    ]);
  });

  it('stays parked by a retry that finds no room, and is decided by one that does', async () => {
    rig.command(commandOf('unpark'));
    expect(await rig.live(taking(rig, journal(200_000)))).toEqual(drained);
    expect(rig.parked()).toEqual({ 'order:2': 'DECISION_TOO_LARGE' });
    rig.command(commandOf('unpark'));
    expect(await rig.live()).toEqual(drained);
    expect(rig.parked()).toEqual({});
    expect(keys(rig)).toEqual(['1', '3', '2']);
    expect(Object.keys(rig.states().get('order:2')?.rows['oms.line'] ?? {})).toEqual(['1', '2', '3', '4']);
  });
});

describe('what waits behind a parked change set', () => {
  it('has a record for each: many together may be larger than one', async () => {
    const changes = Array.from({ length: 50 }, (_, i) => [hdr('2', 'OPEN', String(i).padEnd(10_000, 'z'), 'u')]);
    const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'READY', null)], ...changes, [hdr('3', 'READY')]);
    expect(await rig.live(taking(rig, state(70_000)))).toEqual(drained);
    expect(keys(rig)).toEqual(['1', '3']);
    expect(waitingIn(rig)).toHaveLength(51);
    expect([...(rig.stored().get(queueOf('order:2')) ?? [])].map(([ordinal]) => Number(ordinal))).toEqual(
      Array.from({ length: 51 }, (_, i) => i),
    );
  });

  it('and is larger than its record loses its rows, and nothing else waits for it', async () => {
    const rig = rigOf(
      [hdr('2', 'READY', null)],
      [lineRow('7', '2', note(300_000))],
      [lineRow('8', '2')],
      [hdr('3', 'READY')],
    );
    expect(await rig.live(taking(rig, state(200_000)))).toEqual(drained);
    expect(keys(rig)).toEqual(['3']);
    expect(rig.parked()).toEqual({ 'order:2': 'CONTRACT_VIOLATED' });
    expect(waitingIn(rig).map(({ changes }) => changes[0])).toMatchObject([
      { key: '2', row: { note: null } },
      {
        key: '7',
        row: null,
        refusal: { code: 'AGGREGATE_TOO_LARGE', text: expect.stringMatching(/^What waits of order 2/) as string },
      },
      { key: '8', row: { txt: 't' } },
    ]);
    expect(wrong(rig)).toEqual([]);
  });
});

it('an order that has no room to be parked either stops the pipeline, once, after all that came before it', async () => {
  const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'READY', note(300_000))], [hdr('3', 'READY')]);
  // What is remembered of a parked order is longer than that, because of the text that says why it is.
  const end = await rig.live(taking(rig, state(500)));
  expect(end).toMatchObject({ kind: 'refused', code: 'AGGREGATE_TOO_LARGE' });
  expect(keys(rig)).toEqual(['1']);
  expect(wrong(rig)).toEqual([
    expect.stringMatching(/^AGGREGATE_TOO_LARGE: Row oms\.hdr 2 of order 2 .* There is no room to park it\./),
  ]);
  expect(await rig.live()).toEqual(drained);
  expect(keys(rig)).toEqual(['1', '2', '3']);
});

/** Records that would be larger than their topic takes: their order waits, everything else goes on, and nothing is tried for ever. */
import { describe, expect, it } from 'vitest';
import { MemorySink } from '../../../../src/adapters/memory/sink.js';
import { originText } from '../../../../src/domain/change-set.js';
import { batchBytes, JOURNAL_RECORD_BYTES_MAX, RECORD_BYTES_MAX } from '../../../../src/domain/record-size.js';
import { COMMAND_BYTES_MAX } from '../../../../src/pipeline/decide/fitting.js';
import { type LifeEnd, Rig, type RigPorts } from '../../../support/rig.js';
import { hdr, lineRow, noteRecords, noteRules, type NoteRow } from '../../../support/sources/notes.js';

const rules = noteRules();
const rigOf = (...transactions: NoteRow[][]): Rig => new Rig(noteRecords(transactions), { rules });
const keys = (rig: Rig): string[] => rig.published().map(({ key }) => key);
const wrong = (rig: Rig): string[] =>
  rig.told.flatMap((event) => (event.kind === 'failed' ? [`${event.code}: ${event.text}`] : []));
const drained: LifeEnd = { kind: 'drained' };

/** The ports of the rig, whose topics take no more than this. */
const taking = (rig: Rig, recordBytesMax: (topic: string) => number): RigPorts => {
  const settings = { group: 'dragoman.orders', journalTopic: 'dragoman.orders.journal', recordBytesMax };
  return { ...rig.ports(), sink: new MemorySink(rig.log, settings) };
};
const events = (bytesMax: number) => (topic: string) => (topic === 'orders.out' ? bytesMax : JOURNAL_RECORD_BYTES_MAX);
const journal = (bytesMax: number) => (topic: string) => (topic.endsWith('.journal') ? bytesMax : RECORD_BYTES_MAX);

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
    rig.command({
      ...{ kind: 'unpark', id: '00000000-0000-4000-8000-000000000001', at: '2026-01-01T00:00:00.000Z' },
      ...{ pipeline: 'orders', by: 'ann', reason: 'the limit was raised', arguments: { aggregate: 'order', id: '2' } },
    });
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

describe('an order that grows out of a journal record', () => {
  const note = (length: number): string => 'z'.repeat(length);

  it('is parked as it was, with the change waiting', async () => {
    const rig = rigOf(
      [hdr('1', 'READY')],
      [hdr('2', 'OPEN', note(300_000))],
      [lineRow('7', '2', note(300_000))],
      [hdr('3', 'READY')],
    );
    expect(await rig.live(taking(rig, journal(620_000)))).toEqual(drained);
    expect(keys(rig)).toEqual(['1', '3']);
    expect(rig.parked()).toEqual({ 'order:2': 'AGGREGATE_TOO_LARGE' });
    const entry = rig.journal().findLast(({ id }) => id === '2');
    expect(entry?.state.parked?.waiting[0]?.changes[0]).toMatchObject({ key: '7', row: null });
    expect(entry?.refusal?.text).toMatch(
      /^With this change order 2 is 6\d\d,\d{3} bytes as a record of dragoman\.orders\.journal, where 587,232 have room/,
    );
    expect(Object.keys(entry?.state.rows ?? {})).toEqual(['oms.hdr']);
  });

  it('and has no room to be parked either stops the pipeline, once, and says which', async () => {
    const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'OPEN', note(300_000))], [hdr('3', 'READY')]);
    await rig.live();
    rig.play(
      noteRecords([
        [hdr('1', 'READY')],
        [hdr('2', 'OPEN', note(300_000))],
        [hdr('3', 'READY')],
        [hdr('4', 'READY')],
        [hdr('2', 'DONE', note(300_001), 'u')],
        [hdr('5', 'READY')],
      ]).slice(9),
    );
    expect(await rig.live(taking(rig, journal(200_000)))).toMatchObject({
      kind: 'refused',
      code: 'AGGREGATE_TOO_LARGE',
    });
    expect(keys(rig)).toEqual(['1', '3', '4']);
    expect(wrong(rig)).toEqual([
      expect.stringMatching(/^AGGREGATE_TOO_LARGE: order 2 is 30\d,\d{3} bytes .* no room to park it/),
    ]);
  });
});

describe('the queue of a parked order', () => {
  const changes = Array.from({ length: 190 }, (_, i) => [hdr('2', 'OPEN', String(i).padEnd(10_000, 'z'), 'u')]);
  const bytesMax = 1_000_000;
  const rig = rigOf([hdr('1', 'READY')], [hdr('2', 'READY', null)], ...changes, [hdr('3', 'READY')]);

  it('is full by bytes, too: what came before is committed, and the pipeline waits for a person', async () => {
    const end = await rig.live(taking(rig, journal(bytesMax)));
    expect(end).toMatchObject({ kind: 'refused', code: 'PARKED_QUEUE_FULL' });
    expect(end).toHaveProperty(
      'text',
      expect.stringMatching(
        /^order 2 is parked \(CONTRACT_VIOLATED\) with 9\d change sets waiting; with this one it would be 9\d\d,\d{3} bytes/,
      ),
    );
    expect(keys(rig)).toEqual(['1']);
    const largest = Math.max(
      ...rig.log
        .partitionsOf('dragoman.orders.journal')
        .flatMap((name) =>
          rig.log.records(name).map(({ key, value }) => batchBytes({ key: key ?? '', value: value ?? '' })),
        ),
    );
    expect(largest).toBeLessThanOrEqual(bytesMax - COMMAND_BYTES_MAX);
    expect(largest).toBeGreaterThan(bytesMax - COMMAND_BYTES_MAX - 11_000);
  });

  it('goes on when an operator has given up what cannot be applied', async () => {
    const state = [...rig.states()].find(([key]) => key.endsWith(':2'))?.[1];
    const [parking] = state?.parked?.waiting ?? [];
    if (parking === undefined) throw new TypeError('nothing waits');
    rig.command({
      ...{ kind: 'parked.discard', id: '00000000-0000-4000-8000-000000000002', at: '2026-01-01T00:00:00.000Z' },
      ...{ pipeline: 'orders', by: 'ann', reason: 'no note was ever given' },
      arguments: { aggregate: 'order', id: '2', first: originText(parking.origin), changeSets: 1 },
    });
    expect(await rig.live(taking(rig, journal(bytesMax)))).toEqual(drained);
    expect(keys(rig)).toEqual(['1', '3']);
    expect(rig.parked()).toEqual({});
  });
});

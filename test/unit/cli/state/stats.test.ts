/** How large what is remembered is, and how it has grown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Measuring } from '../../../../src/cli/state/sizes.js';
import { earlierStats, growthOf, measured, type ShardStats, statsLines } from '../../../../src/cli/state/stats.js';
import { WHOLE } from '../../../../src/domain/shard.js';
import { dividedStores } from './stored-rig.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

const directory = mkdtempSync(join(tmpdir(), 'dragoman-stats-'));
afterAll(() => rmSync(directory, { recursive: true }));

const part = (hash: string, fields: Readonly<Record<string, string>>) => ({
  hash,
  fields: new Map(Object.entries(fields)),
});

const small = part('order:1', { '': 'memory', 'rt\t1': 'ä' }); // 7 + 6 + 4 + 2 bytes
const large = part('order:2', { '': 'memory', 'rt\t1': 'x'.repeat(100), 'rt\t2': 'x', 'ffact\t1': '3' });

describe('sizes', () => {
  const measuring = new Measuring(2);
  for (const one of [
    small,
    large,
    part('item:1', { '': 'm' }),
    part('~rows', { a: 'order:1' }),
    part('~rows', { b: 'order:1' }),
    part('~queue:order:1', { '0': 'xx', '1': 'yy' }),
    part('~queue:order:1', { '2': 'zz' }),
    part('@lookup:oms.sts/1', { 'roms.sts\t1': 'x' }),
    part('@lookup:oms.sts/2', { 'roms.sts\t2': 'x' }),
    part('@lookup:oms.mkt/2', { 'roms.mkt\t2': 'y'.repeat(20) }),
    part('~parked', { 'order:1': 'CODE_UNKNOWN' }),
    part('~columns', { AbCde: '["a"]' }),
  ])
    measuring.add(one);
  const sizes = measuring.end();

  it('are told by type of aggregate, in bytes of names and values', () => {
    expect(sizes.types.order).toEqual({ count: 2, bytes: 19 + 130, rows: 3, largestBytes: 130, meanBytes: 75 });
    expect(Object.keys(sizes.types)).toEqual(['@lookup:oms.mkt', '@lookup:oms.sts', 'item', 'order']);
    expect(sizes.types['@lookup:oms.sts']).toMatchObject({ count: 2, rows: 2, bytes: 2 * (17 + 11) });
  });

  it('name the largest', () => {
    expect(sizes.largest.map(({ aggregate, rows, cells }) => [aggregate, rows, cells])).toEqual([
      ['order:2', 2, 4],
      ['@lookup:oms.mkt/2', 1, 1],
    ]);
  });

  it('tell of what belongs to no aggregate', () => {
    expect(sizes.rowIndex).toEqual({ count: 2, bytes: 2 * (5 + 1 + 7) });
    expect(sizes.queues).toEqual({ count: 1, changeSets: 3, bytes: 14 + 9, largestBytes: 23 });
    expect(sizes.parked.count).toBe(1);
    expect(sizes.columnLists.count).toBe(1);
    expect(sizes.stubs).toEqual({ count: 0, bytes: 0 });
    expect(sizes.total.cells).toBe(17);
  });
});

describe('the statistics of a pipeline', () => {
  it('count what its state topic has, and grow by what came since', async () => {
    const records = readRecording('postgres/01-lifecycle');
    const rig = new Rig(records.slice(0, -60), { rules: await retailerRules() });
    await rig.live();
    const shards = [{ shard: WHOLE, task: 'orders', store: rig.store }];
    const before = await measured(shards, { pipeline: 'orders', largestMax: 3, nowMs: 0 });
    const orders = [...rig.states()].filter(([key]) => key.startsWith('order:'));
    const rows = orders.flatMap(([, state]) => Object.values(state.rows).flatMap((table) => Object.keys(table)));
    expect(before.types.order).toMatchObject({ count: orders.length, rows: rows.length });
    expect(before.total.cells).toBe([...rig.stored().values()].reduce((sum, { size }) => sum + size, 0));
    expect(before.largest).toHaveLength(3);

    const file = join(directory, 'before.json');
    writeFileSync(file, JSON.stringify({ schema: 'dragoman.cli/state-stats@2', ...before }));
    rig.play(records.slice(-60));
    await rig.live();
    const after = await measured(shards, { pipeline: 'orders', largestMax: 3, nowMs: 60_000 });
    const growth = growthOf(earlierStats(file, 'orders'), after);
    expect(growth.since).toBe('1970-01-01T00:00:00.000Z');
    expect(growth.total.cells).toBe(after.total.cells - before.total.cells);
    expect(growth.total.cells).toBeGreaterThan(0);
    const lines = statsLines(after, growth);
    expect(lines).toContainEqual(
      expect.stringMatching(/^order: \d+, \d+ kB, \d+ rows; mean \d+ bytes, largest \d+ bytes$/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^largest order:\d+: \d+ bytes, \d+ rows, \d+ cells$/));
    expect(lines).toContainEqual(expect.stringMatching(/^since 1970-01-01T00:00:00.000Z, all: \+\d+, \+\d+ bytes$/));
  });

  it('add up what several shards have, and say what each has', async () => {
    const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules: await retailerRules() });
    await rig.live();
    const options = { pipeline: 'orders', largestMax: 3, nowMs: 0 };
    const whole = await measured([{ shard: WHOLE, task: 'orders', store: rig.store }], options);
    const stats = await measured(await dividedStores(rig, 2), options);
    expect(stats.types).toEqual(whole.types);
    expect(stats.parked).toEqual(whole.parked);
    expect(stats.largest).toEqual(whole.largest);
    // Each has the row index for itself.
    expect(stats.rowIndex.count).toBe(2 * whole.rowIndex.count);
    expect(stats.shards.map(({ task }) => task)).toEqual(['orders.0', 'orders.1']);
    const sum = (of: (shard: ShardStats) => number): number => stats.shards.reduce((all, one) => all + of(one), 0);
    expect(sum(({ aggregates }) => aggregates)).toBe(whole.types.order?.count);
    expect([sum(({ cells }) => cells), sum(({ bytes }) => bytes)]).toEqual([stats.total.cells, stats.total.bytes]);
    expect(statsLines(stats, null)).toContainEqual(
      expect.stringMatching(/^orders\.1: \d+ aggregates, \d+ cells, \d+ kB$/),
    );
    expect(statsLines(whole, null).filter((line) => line.startsWith('orders'))).toEqual([]);
  });

  it('of a type that is new say all of it, whatever it is called', () => {
    const before = { ...new Measuring(1).end(), schema: 'dragoman.cli/state-stats@2' as const, pipeline: 'x', at: 'x' };
    const measuring = new Measuring(1);
    measuring.add(part('constructor:1', { '': 'm' }));
    expect(growthOf(before, measuring.end()).types).toEqual({ constructor: { count: 1, bytes: 14 } });
  });

  it.each([
    ['that is not there', null],
    ['of something else', '{}'],
    ['that is no JSON', 'order: 4'],
    [
      'of another pipeline',
      JSON.stringify({
        schema: 'dragoman.cli/state-stats@2',
        pipeline: 'returns',
        at: '',
        types: {},
        rowIndex: { count: 0, bytes: 0 },
        total: { cells: 0, bytes: 0 },
      }),
    ],
  ])('are not held against a file %s', (_, text) => {
    const file = join(directory, 'earlier.json');
    rmSync(file, { force: true });
    if (text !== null) writeFileSync(file, text);
    expect(() => earlierStats(file, 'orders')).toThrow(expect.objectContaining({ code: 'COMMAND_INVALID' }));
  });
});

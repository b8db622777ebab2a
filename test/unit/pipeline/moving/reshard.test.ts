/** What another number of shards begins with: only when all stand at one place. */
import { describe, expect, it } from 'vitest';
import { ownsId, type Shard, shardsOf } from '../../../../src/domain/shard.js';
import type { Position } from '../../../../src/domain/source/position.js';
import type { Moved } from '../../../../src/pipeline/moving/moved.js';
import { atOnePlace, isMovedTo, recounted } from '../../../../src/pipeline/moving/reshard.js';
import { NO_COMMANDS, type Progress, type SourceProgress } from '../../../../src/pipeline/progress/progress.js';
import type { Cell } from '../../../../src/pipeline/ports.js';
import { CHECKS } from '../../../../src/pipeline/discrepancies/checks.js';
import { DISCREPANCIES, EVIDENCE } from '../../../../src/pipeline/discrepancies/register.js';
import { EXAMPLES } from '../../../../src/pipeline/parity/examples.js';
import { PARITY } from '../../../../src/pipeline/parity/figures.js';
import { isKeptBy, PARKED, queueOf, ROWS } from '../../../../src/pipeline/state/cells.js';
import { dueIn, timerField } from '../../../../src/pipeline/timers/due-hours.js';
import { NO_FRONTIER } from '../../../../src/sequence/frontier/frontier.js';

const FRONTIER: SourceProgress = {
  ...NO_FRONTIER,
  ...{ epoch: 0, mode: 'exact', timeMs: 50, known: { tables: ['t'], begun: null, sinceMs: 7, learntMs: 8 } },
};
const kept = (progress: Partial<Progress> = {}, frontier: Partial<SourceProgress> = {}): Moved => ({
  progress: {
    ...{ commit: 7, offsets: new Map([['t/0', 5], ['t/1', 6]]), commands: NO_COMMANDS, clock: 50, digest: 'd' }, // prettier-ignore
    ...{ ends: { state: [], journal: [] }, frontiers: { legacy: { ...FRONTIER, ...frontier } } },
    ...progress,
  },
  footprint: { names: {}, qualifier: null } as unknown as Moved['footprint'],
});
const resolved = [{ source: 'legacy', transaction: '9:9', how: 'release' }] as const;

describe('shards that stopped', () => {
  it.each([
    ['at other offsets', { offsets: new Map([['t/0', 5], ['t/1', 7]]) }, {}], // prettier-ignore
    ['having read one partition more', { offsets: new Map([['t/0', 5], ['t/1', 6], ['t/2', 0]]) }, {}], // prettier-ignore
    ['behind another transaction', {}, { position: '9' as Position }],
    ['knowing other tables', {}, { known: { ...FRONTIER.known, tables: [] } }],
    ['before a source began', {}, { known: { ...FRONTIER.known, begun: { position: null, timeMs: 3 } } }],
    ['with another decision over a held transaction', { commands: { next: 3, resolved } }, {}],
    ['with another source', { frontiers: {} }, {}],
  ])('%s are apart', (_, progress, frontier) => {
    const all = [kept(), kept(), kept(progress, frontier)];
    expect(() => atOnePlace(all)).toThrow(expect.objectContaining({ code: 'SHARDS_APART', details: { shard: 2 } }));
  });

  it('are at one place though each reads its own partitions of a contract topic', () => {
    const own = (partition: string): Moved =>
      kept({ offsets: new Map([['t/0', 5], ['t/1', 6], [partition, 9]]) }); // prettier-ignore
    const all = [own('orders/0'), own('orders/1'), own('orders/2')];
    expect(() => atOnePlace(all, ['orders'])).not.toThrow();
    expect(() => atOnePlace([own('orders/0'), own('orders/1'), own('orders/1')], ['orders'])).toThrow();
    expect(() => atOnePlace(all)).toThrow();
  });

  it('at one place go on as one, by the lowest clock', () => {
    const offsets = new Map([['t/1', 6], ['t/0', 5]]); // prettier-ignore
    const other = kept({ commit: 99, offsets, clock: 40, ends: { state: [1], journal: [2] } }, { timeMs: 30 });
    const one = atOnePlace([kept(), other]);
    expect(one.progress).toMatchObject({ clock: 40, frontiers: { legacy: { timeMs: 30, known: FRONTIER.known } } });
    expect(atOnePlace([kept(), kept({ clock: null })]).progress.clock).toBeNull();
  });

  it('are at one place wherever a command found each of them when the source began by it', () => {
    const begun = (position: string, timeMs: number): Moved =>
      kept({}, { known: { ...FRONTIER.known, begun: { position: position as Position, timeMs } } });
    expect(() => atOnePlace([begun('7', 70), begun('8', 80)])).not.toThrow();
  });
});

describe('a cell', () => {
  const shards = shardsOf(2);
  const [owner, other] = [...shards].sort((a) => (ownsId(a, '7') ? -1 : 1)) as [Shard, Shard];

  it.each([
    ['of an aggregate', 'order:7', ''],
    ['of its queue', queueOf('order:7'), '3'],
    ['that says that it is parked', PARKED, 'order:7'],
    ['of one of its timers', dueIn(3), timerField('order:7', 'retire')],
  ])('%s is its owner’s', (_, hash, field) => {
    expect([isKeptBy(owner, { hash, field }), isKeptBy(other, { hash, field })]).toEqual([true, false]);
  });

  it.each([
    ['of a lookup row', '@lookup:public.country/DE', 'r'],
    ['of its queue', queueOf('@lookup:public.country/DE'), '0'],
    ['of columns', '~columns', 'abc'],
    ['of rules', '~rules:abc', '0'],
    ['of an hour', '~due', '482900'],
  ])('%s each keeps', (_, hash, field) => {
    expect(shards.every((shard) => isKeptBy(shard, { hash, field }))).toBe(true);
  });

  it('of the row index is believed of the shard that owns the aggregate', () => {
    const cell = { hash: ROWS, field: 'oms.pay_txn:1', value: 'order:7' };
    const [to] = shardsOf(4);
    expect([isMovedTo(cell, owner, to!), isMovedTo(cell, other, to!)]).toEqual([true, false]);
  });
});

describe('figures of parity', () => {
  const figure = (field: string, counts: object): Cell => ({ hash: PARITY, field, value: JSON.stringify(counts) });

  it('go to the first shard alone, added up, and examples are left behind', async () => {
    const [from] = shardsOf(2) as [Shard];
    const all = shardsOf(3);
    expect(all.map((to) => isMovedTo(figure('Ready.v1\t10', {}), from, to))).toEqual([true, false, false]);
    const example = { hash: EXAMPLES, field: 'Ready.v1\tlate\t0', value: '{}' };
    expect(all.map((to) => isMovedTo(example, from, to))).toEqual([false, false, false]);
    async function* cells(): AsyncIterable<Cell> {
      yield* [figure('a\t10', { equal: 1, late: 2 }), figure('b\t10', { equal: 4 }), figure('a\t10', { equal: 8 })];
      await Promise.resolve();
    }
    const found: Cell[] = [];
    for await (const cell of recounted(cells())) found.push(cell);
    expect(found).toEqual([figure('a\t10', { equal: 9, late: 2 }), figure('b\t10', { equal: 4 })]);
  });
});

describe('discrepancies', () => {
  it('go with their evidence to the owner of their aggregate, and runs are as the first shard has them', () => {
    const [first, second] = shardsOf(2) as [Shard, Shard];
    const to = shardsOf(3);
    const whose = (hash: string, businessKey: string): boolean[] => {
      const cell = { hash, field: 'id', value: JSON.stringify({ businessKey }) };
      return to.map((shard) => isMovedTo(cell, second, shard));
    };
    for (const hash of [DISCREPANCIES, EVIDENCE]) {
      for (const id of ['1', '2', '3', '4']) expect(whose(hash, id)).toEqual(to.map((shard) => ownsId(shard, id)));
      expect(whose(hash, '')).toEqual([true, false, false]);
    }
    const run = { hash: CHECKS, field: 'source', value: '{}' };
    expect(to.map((shard) => isMovedTo(run, first, shard))).toEqual([true, true, true]);
    expect(to.map((shard) => isMovedTo(run, second, shard))).toEqual([false, false, false]);
  });
});

describe('rules that are kept', () => {
  it('are counted anew, by what each aggregate says, and stay migrated', async () => {
    const memory = (id: string, rules?: string): Cell => ({
      hash: `order:${id}`,
      field: '',
      value: JSON.stringify({ sequences: {}, at: {}, ...(rules === undefined ? {} : { rules }) }),
    });
    const pin = (field: string, value: object): Cell => ({ hash: '~pinned', field, value: JSON.stringify(value) });
    const all = [
      pin('order\t', { count: 0 }),
      pin('order\ta', { count: 7, to: 'b' }),
      pin('order\tc', { count: 9 }),
      memory('1', 'a'),
      memory('2', 'a'),
      memory('3'),
      pin('order\t', { count: 0, to: 'a' }),
      pin('order\ta', { count: 5, to: 'b' }),
      { hash: 'order:3', field: 'rt\t1', value: '["x","\\"rules\\":"]' },
    ];
    async function* cells(): AsyncIterable<Cell> {
      yield* all;
      await Promise.resolve();
    }
    const found: Cell[] = [];
    for await (const cell of recounted(cells())) found.push(cell);
    expect(found.filter(({ hash }) => hash !== '~pinned')).toEqual(all.filter(({ hash }) => hash !== '~pinned'));
    expect(found.filter(({ hash }) => hash === '~pinned')).toEqual([
      pin('order\t', { count: 0, to: 'a' }),
      pin('order\ta', { count: 2, to: 'b' }),
    ]);
  });
});

describe('numbers of whose aggregates are', () => {
  it('go whole to one shard each, and are added up there', async () => {
    const cell = (value: string): Cell => ({ hash: '~ownership', field: 'OrderReady.v1\tservice', value });
    const [three, two] = [shardsOf(3), shardsOf(2)];
    const goes = three.map((from) => two.filter((to) => isMovedTo(cell('1'), from, to)).map(({ index }) => index));
    expect(goes).toEqual([[0], [1], [0]]);
    async function* cells(): AsyncIterable<Cell> {
      yield* [cell('3'), cell('-1'), { ...cell('2'), field: 'OrderReady.v1\towed' }];
      await Promise.resolve();
    }
    const found: Cell[] = [];
    for await (const each of recounted(cells())) found.push(each);
    expect(found).toEqual([cell('2'), { ...cell('2'), field: 'OrderReady.v1\towed' }]);
  });
});

/** What is asked before a pipeline is moved out, or in. */
import type { Admin, Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { movedOf, type ShardHead, type StateHead, type StateLine } from '../../../../../src/cli/state/file.js';
import { placesOf } from '../../../../../src/cli/state/move/inputs.js';
import { cellsFor, checkElsewhere, checkMoved } from '../../../../../src/cli/state/move/move-in.js';
import { checkFollows, checkMovable } from '../../../../../src/cli/state/move/move-out.js';
import { ownsId, shardsOf } from '../../../../../src/domain/shard.js';
import type { Cell } from '../../../../../src/pipeline/ports.js';
import { type Moved } from '../../../../../src/pipeline/moving/moved.js';
import { atOnePlace } from '../../../../../src/pipeline/moving/reshard.js';
import { encodeFootprint } from '../../../../../src/pipeline/progress/footprint.js';
import { NO_NAMES } from '../../../../../src/pipeline/progress/known-names.js';
import { NO_COMMANDS, encodeProgress, type SourceProgress } from '../../../../../src/pipeline/progress/progress.js';
import { without } from '../../../../../src/translate/own.js';
import { NO_FRONTIER } from '../../../../../src/sequence/frontier/frontier.js';

const ownerIn = (shards: number, id: string): number => shardsOf(shards).findIndex((shard) => ownsId(shard, id));

async function* each<T>(all: readonly T[]): AsyncIterable<T> {
  for (const one of all) yield await Promise.resolve(one);
}

const FRONTIER: SourceProgress = {
  ...NO_FRONTIER,
  ...{ epoch: 0, mode: 'exact', timeMs: 5, known: { tables: [], begun: null, sinceMs: 0, learntMs: null } },
};
const progressOf = (frontier: SourceProgress = FRONTIER, gone: readonly [string, number][] = []): string =>
  encodeProgress({
    ...{ commit: 7, offsets: new Map([['legacy.t/0', 5], ...gone]), frontiers: { legacy: frontier } },
    ...{ commands: NO_COMMANDS },
    ...{ clock: 5, ends: { state: [10, 20], journal: [1, 2] }, digest: 'd' },
  });
const HEAD: StateHead = {
  ...{ cluster: 'a', namespace: 'shop', pipeline: 'orders', topic: 'id' },
  shards: [{ commit: 7, timeMs: 1, state: [10, 20], moved: { progress: progressOf(), footprint: '{}', left: {} } }],
};
const PLACE = { pipeline: 'orders', sources: [], byPosition: false };

describe('moving out', () => {
  it('needs something that was decided', () => {
    expect(() => checkMovable(null)).toThrow('decided nothing yet');
    expect(checkMovable({ progress: progressOf(), footprint: '{}' })).toEqual({
      progress: progressOf(),
      footprint: '{}',
    });
  });

  it('does not leave behind what is told by offsets', () => {
    const left = [{ partition: 'legacy.t/0', offset: 3, begunBefore: 9 }];
    expect(() => checkMovable({ progress: progressOf({ ...FRONTIER, left }), footprint: '{}' })).toThrow(
      'legacy.t/0, offset 3',
    );
  });

  it('needs a Redis that has everything', () => {
    const at = { cluster: 'a', commit: 7, timeMs: 1 };
    const [shard] = HEAD.shards as [ShardHead];
    expect(() => checkFollows(shard, { ...at, state: [10, 20] })).not.toThrow();
    expect(() => checkFollows(shard, { ...at, state: [10, 19] })).toThrow('would lack');
    expect(() => checkFollows(shard, { ...at, state: [10, 20], part: 1 })).toThrow('would lack');
  });
});

it('where topics were left that are not read any more is nothing that has to be the same', () => {
  const footprint = encodeFootprint({ cluster: 'a', topics: new Map(), names: NO_NAMES, qualifier: null, shards: 2 });
  const left = { 'legacy.t/0': { offset: 5, timestampMs: null, tail: [] } };
  const progress = progressOf(FRONTIER, [['legacy.gone/0', 7]]);
  const [one, other] = [progressOf(), progress].map((text) => movedOf({ progress: text, footprint, left })) as [
    Moved,
    Moved,
  ];
  expect(atOnePlace([one, other]).progress.offsets).toEqual(new Map([['legacy.t/0', 5]]));
});

describe('moving in', () => {
  it('takes the file of its pipeline', () => {
    expect(checkMoved(HEAD, PLACE, 'f')).toEqual([HEAD.shards[0]?.moved]);
  });

  const copy = { ...HEAD, shards: HEAD.shards.map((shard) => without(shard, 'moved')) };
  it.each([
    ['a copy for its own pipeline', copy, PLACE, 'state export'],
    ['a copy of some of its shards', { ...HEAD, shards: [...HEAD.shards, ...copy.shards] }, PLACE, 'state export'],
    ['of another pipeline', { ...HEAD, pipeline: 'returns' }, PLACE, 'pipeline returns'],
    [
      'by position, of a source that has none',
      HEAD,
      { ...PLACE, byPosition: true, sources: [{ name: 'old', mode: 'arrival' as const }] },
      'old (mode arrival)',
    ],
  ])('%s is refused', (__, head, place, text) => {
    expect(() => checkMoved(head, place, 'f')).toThrow(text);
  });

  it.each([
    ['another cluster', { cluster: 'b', namespace: 'shop' }, null],
    ['another namespace of the same cluster', { cluster: 'a', namespace: 'shop-4' }, null],
    ['where it is already', { cluster: 'a', namespace: 'shop' }, 'another number of shards'],
    ['another namespace of another cluster', { cluster: 'b', namespace: 'mall' }, 'namespace shop'],
  ])('to %s', (__, here, refused) => {
    const check = (): void => checkElsewhere(HEAD, here, 'f');
    if (refused === null) expect(check).not.toThrow();
    else expect(check).toThrow(refused);
  });

  it('into another number of shards each takes what is its own, out of all that were', async () => {
    const ids = Array.from({ length: 40 }, (__, i) => String(i));
    const former = shardsOf(2);
    const line = (shard: number, hash: string, field: string, value = '{}'): StateLine => ({
      shard,
      hash,
      field,
      value,
    });
    const lines = [
      ...ids.map((id) => line(ownerIn(2, id), `order:${id}`, '')),
      ...former.map(({ index }) => line(index, '@lookup:public.country/DE', '')),
      ...former.map(({ index }) => line(index, '~rows', 'oms.pay_txn:1', 'order:7')),
    ];
    const taken = await Promise.all(
      shardsOf(4).map(async (to) => {
        const cells: Cell[] = [];
        for await (const cell of cellsFor(each(lines), former, to)) cells.push(cell);
        return cells;
      }),
    );
    const orders = taken.map((cells) => cells.filter(({ hash }) => hash.startsWith('order:')));
    expect(orders.flat()).toHaveLength(ids.length);
    for (const [index, cells] of orders.entries())
      for (const { hash } of cells) expect(ownerIn(4, hash.slice('order:'.length))).toBe(index);
    for (const cells of taken) {
      expect(cells.filter(({ hash }) => hash.startsWith('@lookup:'))).toHaveLength(2);
      expect(cells.filter(({ hash }) => hash === '~rows')).toHaveLength(1);
    }
  });

  const admin = (partitions: readonly number[], low = 0): Admin =>
    ({
      listTopics: () => Promise.resolve(['legacy.t']),
      fetchTopicOffsets: () =>
        Promise.resolve(partitions.map((high, partition) => ({ partition, low: String(low), high: String(high) }))),
      fetchTopicOffsetsByTimestamp: () =>
        Promise.resolve(partitions.map((high, partition) => ({ partition, offset: String(high) }))),
    }) as unknown as Admin;
  const kafka = {} as unknown as Kafka;
  const left = { offset: 5, timestampMs: 1, tail: ['x'] };

  it('a topic that is not there, or has other partitions, is refused', async () => {
    await expect(placesOf({ kafka, admin: admin([0]) }, { 'legacy.u/0': left }, false)).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
    });
    await expect(placesOf({ kafka, admin: admin([0, 0]) }, { 'legacy.t/0': left }, false)).rejects.toMatchObject({
      code: 'PARTITIONS_CHANGED',
    });
  });

  it('a place that is not there is a gap, unless the connector itself writes there', async () => {
    const empty = { kafka, admin: admin([0]) };
    await expect(placesOf(empty, { 'legacy.t/0': left }, false)).rejects.toMatchObject({ code: 'SOURCE_GAP' });
    expect(await placesOf(empty, { 'legacy.t/0': left }, true)).toEqual(new Map([['legacy.t/0', 0]]));
    const expired = { kafka, admin: admin([9], 9) };
    await expect(placesOf(expired, { 'legacy.t/0': left }, true)).rejects.toThrow('has expired here');
  });

  it('a partition of which nothing was read is read from its first record; one whose records had expired must be empty', async () => {
    const none = { offset: 0, timestampMs: null, tail: [] };
    expect(await placesOf({ kafka, admin: admin([9]) }, { 'legacy.t/0': none }, false)).toEqual(
      new Map([['legacy.t/0', 0]]),
    );
    await expect(placesOf({ kafka, admin: admin([9], 1) }, { 'legacy.t/0': none }, true)).rejects.toMatchObject({
      code: 'SOURCE_GAP',
    });
    const expired = { ...none, offset: 5 };
    expect(await placesOf({ kafka, admin: admin([0]) }, { 'legacy.t/0': expired }, false)).toEqual(
      new Map([['legacy.t/0', 0]]),
    );
    for (const kept of [admin([9]), admin([9], 9)])
      await expect(placesOf({ kafka, admin: kept }, { 'legacy.t/0': expired }, false)).rejects.toMatchObject({
        code: 'SOURCE_GAP',
      });
  });
});

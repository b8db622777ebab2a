/** A pipeline that goes from one shard to two and back to one: what it knows is divided, and put together again. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { MemoryLog } from '../../../../src/adapters/memory/log.js';
import { MemorySink } from '../../../../src/adapters/memory/sink.js';
import { ownsPartition, type Shard, shardsOf, WHOLE } from '../../../../src/domain/shard.js';
import type { Cell, Sink } from '../../../../src/pipeline/ports.js';
import { type Moved, type MovedShard, moveIn } from '../../../../src/pipeline/moving/moved.js';
import { atOnePlace, isMovedTo } from '../../../../src/pipeline/moving/reshard.js';
import { decodeFootprint } from '../../../../src/pipeline/progress/footprint.js';
import { decodeProgress } from '../../../../src/pipeline/progress/progress.js';
import { cellKey, cellOf, isKeptBy } from '../../../../src/pipeline/state/cells.js';
import { commandOf } from '../../../support/pipeline/commands.js';
import { readRecording } from '../../../support/recordings.js';
import { replaced } from '../../../support/replaced.js';
import { GROUP, retailerRules, Rig } from '../../../support/rig.js';
import { hdrRow, lineRow, readyRules, SmallSource } from '../../../support/sources/ready-orders.js';

const recorded = readRecording('postgres/01-lifecycle');
const HALF = Math.floor(recorded.length / 2);
const PARTITIONS = 4;
const TWO = shardsOf(2);
let rules: LoadedRules;
let first: Rig;
beforeAll(async () => {
  rules = await retailerRules();
  first = new Rig(recorded.slice(0, HALF), { rules, shapedBy: recorded });
  expect(await first.live()).toEqual({ kind: 'drained' });
});

interface Part {
  readonly shard: Shard;
  readonly sink: Sink;
}

const sinkOf = (log: MemoryLog, shard: Shard): Sink =>
  new MemorySink(log, { group: `${GROUP}.${shard.index}`, own: first.settings().topics, shard });

/** Topics of a pipeline with two shards, empty. */
function twoShards(): Part[] {
  const { state, journal, progress } = first.settings().topics;
  const log = new MemoryLog(() => 0);
  for (const topic of [state, journal]) log.createTopic(topic, PARTITIONS);
  log.createTopic(progress, TWO.length);
  return TWO.map((shard) => ({ shard, sink: sinkOf(log, shard) }));
}

/** Everything that a task has in the state topic. */
async function cellsIn({ sink }: Pick<Part, 'sink'>): Promise<Cell[]> {
  await sink.fence();
  const cells = new Map<string, Cell>();
  for await (const records of sink.read('state', (await sink.begins()).state, (await sink.ends()).state))
    for (const record of records) cells.set(record.key, cellOf(record));
  return [...cells.values()].filter(({ value }) => value !== null);
}

async function keptBy({ sink }: Pick<Part, 'sink'>): Promise<Moved> {
  await sink.fence();
  const found = await sink.progress();
  return { progress: decodeProgress(found!.progress), footprint: decodeFootprint(found!.footprint!) };
}

async function movedShards(from: readonly Part[], to: readonly Part[]): Promise<MovedShard[]> {
  const kept = atOnePlace(await Promise.all(from.map(keptBy)));
  const cells = await Promise.all(from.map(async (one) => ({ of: one.shard, all: await cellsIn(one) })));
  async function* cellsFor(shard: Shard): AsyncIterable<Cell> {
    for (const { of, all } of cells)
      for (const cell of all) if (isMovedTo(cell, of, shard)) yield await Promise.resolve(cell);
  }
  return to.map(({ shard, sink }) => ({
    ports: {
      ...{ sink, ground: { topics: () => Promise.resolve(new Map()) }, rules: rules.rules, qualifier: null },
      ...{ topics: first.settings().topics, places: () => Promise.resolve(kept.progress.offsets) },
      ...{ acceptedNames: new Set<string>(), tell: () => undefined },
    },
    kept,
    cells: cellsFor(shard),
  }));
}

const one = (rig: Rig): Part => ({ shard: WHOLE, sink: rig.ports().sink });
const partsOf = (rigs: readonly Rig[]): Part[] =>
  rigs.map((rig) => ({ shard: rig.settings().shard, sink: rig.ports().sink }));
const namesOf = (cells: readonly Cell[]): string[] => cells.map(cellKey).sort();

describe('a pipeline that gets two shards', () => {
  it('has each aggregate in the one that owns it, in partitions of that one, and all else in both', async () => {
    const before = await cellsIn(one(first));
    const parts = twoShards();
    await moveIn(await movedShards([one(first)], parts));
    for (const { shard, sink } of parts) {
      const own = await cellsIn({ sink });
      expect(namesOf(own)).toEqual(namesOf(before.filter((cell) => isKeptBy(shard, cell))));
      const { state } = await sink.ends();
      for (const [partition, end] of state.entries()) expect(end > 0).toBe(ownsPartition(shard, partition));
      expect(decodeFootprint((await sink.progress())!.footprint!).shards).toBe(2);
    }
    const orders = (cells: readonly Cell[]): string[] => namesOf(cells.filter(({ hash }) => hash.startsWith('order:')));
    const both = (await Promise.all(parts.map(cellsIn))).flat();
    expect(orders(both)).toEqual(orders(before));
  });

  it('and one again goes on as if nothing had been', async () => {
    const parts = twoShards();
    await moveIn(await movedShards([one(first)], parts));
    const last = new Rig(recorded, { rules, shapedBy: recorded });
    await moveIn(await movedShards(parts, [one(last)]));
    expect(namesOf(await cellsIn(one(last)))).toEqual(namesOf(await cellsIn(one(first))));
    expect(await last.live()).toEqual({ kind: 'drained' });
    const whole = new Rig(recorded, { rules });
    await whole.live();
    for (const order of new Set(whole.published().map(({ key }) => key)))
      expect([...first.eventsOf(order), ...last.eventsOf(order)]).toEqual(whole.eventsOf(order));
  });

  it('broken off at any Kafka transaction is not whole, and done again it is', async () => {
    for (let commits = 0; ; commits += 1) {
      const parts = twoShards();
      let done = 0;
      const cut = parts.map(({ shard, sink }) => ({
        shard,
        sink: replaced(sink, {
          commit: (commit) => {
            if (done >= commits) return Promise.reject(new Error('the process ended'));
            done += 1;
            return sink.commit(commit);
          },
        }),
      }));
      const isWhole = await moveIn(await movedShards([one(first)], cut), 500).then(
        () => true,
        () => false,
      );
      if (isWhole) break;
      const found = await Promise.all(parts.map(async ({ sink }) => (await sink.fence(), await sink.progress())));
      // Progress comes last, so where one has it all cells of all are there.
      if (found.some((progress) => progress !== null)) expect((await cellsIn(parts[1]!)).length).toBeGreaterThan(0);
      await moveIn(await movedShards([one(first)], parts), 500);
      for (const part of parts) {
        expect(namesOf(await cellsIn(part))).toEqual(
          namesOf((await cellsIn(one(first))).filter((cell) => isKeptBy(part.shard, cell))),
        );
        expect((await keptBy(part)).progress.commit).toBe(1);
      }
      expect(commits).toBeLessThan(50);
    }
  });

  it('is not moved in twice', async () => {
    const parts = twoShards();
    await moveIn(await movedShards([one(first)], parts));
    await expect(moveIn(await movedShards([one(first)], parts))).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  });
});

describe('a pipeline that ran with several shards', () => {
  const live = async (rigs: readonly Rig[]): Promise<void> => {
    for (const rig of rigs) expect(await rig.live()).toEqual({ kind: 'drained' });
  };

  it.each([
    [2, 3],
    [3, 1],
    [1, 4],
  ])('goes on from %i to %i: nothing is lost, nothing is published twice, numbers go on', async (before, after) => {
    const former = Rig.shards(recorded.slice(0, HALF), { rules, shapedBy: recorded, shards: before });
    await live(former);
    const next = Rig.shards(recorded, { rules, shapedBy: recorded, shards: after });
    await moveIn(await movedShards(partsOf(former), partsOf(next)));
    await live(next);
    const whole = new Rig(recorded, { rules });
    await live([whole]);
    const orders = [...new Set(whole.published().map(({ key }) => key))];
    expect(orders.length).toBeGreaterThan(5);
    for (const order of orders)
      expect([...former[0]!.eventsOf(order), ...next[0]!.eventsOf(order)]).toEqual(whole.eventsOf(order));
    expect(next[0]!.published().length).toBeGreaterThan(0);
  });

  it('does not when one of them has read more', async () => {
    const former = Rig.shards(recorded.slice(0, HALF), { rules, shapedBy: recorded, shards: 2 });
    await live(former);
    former[0]!.play(recorded.slice(HALF));
    await live([former[1]!]);
    await expect(movedShards(partsOf(former), [one(first)])).rejects.toMatchObject({ code: 'SHARDS_APART' });
  });
});

it('shards that were told of a baseline in the middle of the stream stand at one place when all is read', async () => {
  const small = new SmallSource().transaction(hdrRow('1', 'OPEN'), lineRow('11', '1'));
  const shards = Rig.shards(small.records, {
    ...{ rules: readyRules(), shards: 2, source: { beginning: 'late' } },
  }) as [Rig, Rig];
  const [ahead, behind] = shards;
  for (const shard of shards) await shard.live();
  ahead.command(commandOf({ kind: 'tables.known', arguments: { source: 'legacy', tables: ['oms.hdr', 'oms.line'] } }));
  await ahead.live();
  const before = small.records.length;
  small.transaction(hdrRow('2', 'READY'));
  ahead.play(small.records.slice(before));
  for (const shard of [behind, ahead]) expect(await shard.live()).toEqual({ kind: 'drained' });
  const kept = await Promise.all(partsOf(shards).map(keptBy));
  const [early, late] = kept.map(({ progress }) => progress.frontiers['legacy']!.known.begun);
  expect(early).not.toEqual(late);
  expect(() => atOnePlace(kept)).not.toThrow();
});

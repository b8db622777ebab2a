/** A pipeline in memory whose store and state topic are looked at by the commands. */
import type { ShardTopic } from '../../../../src/cli/state/opened.js';
import { Differences, verify } from '../../../../src/cli/state/verify.js';
import { MemoryStore } from '../../../../src/adapters/memory/store.js';
import { type Shard, shardsOf, WHOLE } from '../../../../src/domain/shard.js';
import { isKeptBy } from '../../../../src/pipeline/state/cells.js';
import type { Cell } from '../../../../src/pipeline/ports.js';
import type { Rig } from '../../../support/rig.js';

export async function stateTopicOf(rig: Rig): Promise<ShardTopic> {
  const { sink } = rig.ports();
  await sink.fence();
  const ends = async (): Promise<readonly number[]> => (await sink.ends()).state;
  const { state: begin } = await sink.begins();
  return { cluster: sink.clusterId, begin, ends, read: (from, to) => sink.read('state', from, to) };
}

/** Changes what is stored under a marker that says the same. */
export async function damage(rig: Rig, cells: readonly Cell[]): Promise<void> {
  const marker = (await rig.store.marker())!;
  await rig.store.save(marker, 'elsewhere', cells);
  await rig.store.save('elsewhere', marker, []);
}

/** What is wrong with what the rig stored. */
export async function findingsIn(rig: Rig): Promise<Differences['all']> {
  const found = new Differences();
  await verify(await stateTopicOf(rig), { store: rig.store, shard: WHOLE }, found);
  return found.all;
}

export interface RigShard {
  readonly shard: Shard;
  readonly task: string;
  readonly store: MemoryStore;
}

/** What the rig stored, divided as so many shards would have it. */
export async function dividedStores(rig: Rig, count: number): Promise<RigShard[]> {
  const marker = (await rig.store.marker())!;
  const cells = [...rig.stored()].flatMap(([hash, fields]) =>
    [...fields].map(([field, value]) => ({ hash, field, value })),
  );
  return Promise.all(
    shardsOf(count).map(async (shard) => {
      const store = new MemoryStore();
      const own = cells.filter((cell) => isKeptBy(shard, cell));
      await store.save(null, marker, own);
      return { shard, task: `orders.${shard.index}`, store };
    }),
  );
}

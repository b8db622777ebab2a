/** A pipeline in memory whose store and state topic are looked at by the commands. */
import type { ShardTopic } from '../../../../src/cli/state/opened.js';
import { Differences, verify } from '../../../../src/cli/state/verify.js';
import { WHOLE } from '../../../../src/domain/shard.js';
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

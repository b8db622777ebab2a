/**
 * A pipeline as commands see it: its shards, each a task with a store, a progress and partitions of its own. What is about one aggregate goes to
 * the shard that owns it; everything else is asked of all of them, in their order, and no part is ever shown as the whole.
 */
import type { Config } from '../../config/schema.js';
import { ownsId, type Shard, shardsOf, taskName } from '../../domain/shard.js';
import { DragomanError } from '../../errors.js';
import { invariant } from '../../invariant.js';

export interface OfShard {
  readonly shard: Shard;
  /** As it is called outside: `orders`, or `orders.2` of several. */
  readonly task: string;
}

export const shardsIn = ({ pipelines }: Pick<Config, 'pipelines'>, pipeline: string): OfShard[] =>
  shardsOf(pipelines[pipeline]?.shards ?? 1).map((shard) => ({ shard, task: taskName(pipeline, shard) }));

/** @param id of an aggregate, plain. */
export function ownerOf<T extends OfShard>(all: readonly T[], id: string): T {
  const owner = all.find(({ shard }) => ownsId(shard, id));
  invariant(owner !== undefined, 'every aggregate has a shard that owns it', { id, shards: all.length });
  return owner;
}

/** One after the other. A refusal says of which shard it is. */
export async function ofEach<T extends OfShard, R>(all: readonly T[], look: (one: T) => Promise<R>): Promise<R[]> {
  const found: R[] = [];
  for (const one of all) found.push(await named(one, () => look(one)));
  return found;
}

async function named<R>({ shard, task }: OfShard, look: () => Promise<R>): Promise<R> {
  try {
    return await look();
  } catch (error) {
    if (shard.count === 1 || !(error instanceof DragomanError)) throw error;
    const { code, message, details } = error;
    throw new DragomanError(code, `${task}: ${message}`, { cause: error, details: { ...details, shard: shard.index } });
  }
}

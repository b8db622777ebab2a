/**
 * Shards of a pipeline (design 6.3): tasks that each read all of its input and own a part of its aggregates. Since their number divides that of
 * the partitions of every topic keyed by aggregate, each partition still has one writer.
 */
import type { OwnTopics } from './own-topics.js';
import { keyHash } from './partition.js';

export interface Shard {
  /** From 0 on. */
  readonly index: number;
  readonly count: number;
}

/** One task. */
export interface PipelineShard {
  readonly pipeline: string;
  readonly shard: Shard;
}

/** A pipeline that is one task. */
export const WHOLE: Shard = { index: 0, count: 1 };

/** @param id of an aggregate, plain, as contract topics are keyed. */
export const ownsId = ({ index, count }: Shard, id: string): boolean => count === 1 || keyHash(id) % count === index;

/** Of a topic that is keyed by aggregate. */
export const ownsPartition = ({ index, count }: Shard, partition: number): boolean => partition % count === index;

/**
 * The partition of what each shard keeps for itself: as near the one by its key as the shard has one.
 * @param partition as its key has it.
 */
export const ownPartition = ({ index, count }: Shard, partition: number): number =>
  partition - (partition % count) + index;

/**
 * The partition to which a shard writes in a topic of its pipeline.
 * @param partition as the record's key, or place, has it.
 */
export function partitionFor(shard: Shard, own: OwnTopics, topic: string, partition: number): number {
  if (topic === own.progress) return shard.index;
  return topic === own.state || topic === own.journal ? ownPartition(shard, partition) : partition;
}

/** What a shard is called outside: `orders`, or `orders.2` of several. */
export const taskName = (pipeline: string, { index, count }: Shard): string =>
  count === 1 ? pipeline : `${pipeline}.${index}`;

/** All of a pipeline. */
export const shardsOf = (count: number): Shard[] => Array.from({ length: count }, (_, index) => ({ index, count }));

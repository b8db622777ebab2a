/** What each shard of a pipeline committed last, as Kafka has it: read only, no group is joined, nobody is fenced. */
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../../adapters/kafka/client.js';
import { asking } from '../../../adapters/kafka/failure.js';
import { readProgress } from '../../../adapters/kafka/read/progress-reader.js';
import type { Config } from '../../../config/schema.js';
import { decodeFootprint, type Footprint } from '../../../pipeline/progress/footprint.js';
import { decodeProgress, type Progress } from '../../../pipeline/progress/progress.js';
import { internalTopics } from '../../../pipeline/state/records.js';
import { ofEach, type OfShard, shardsIn } from '../shards.js';

export interface CommittedProgress {
  readonly progress: Progress;
  /** Null: none was ever committed. */
  readonly footprint: Footprint | null;
}

export interface ShardProgress extends OfShard {
  /** Null: nothing was ever committed. */
  readonly committed: CommittedProgress | null;
}

type Place = Pick<Config, 'namespace' | 'pipelines'>;

/** Of each shard. @throws DragomanError PROGRESS_LOST */
export async function committedProgress(
  kafka: Kafka,
  admin: Admin,
  config: Place,
  pipeline: string,
): Promise<ShardProgress[]> {
  const { progress: topic } = internalTopics(config.namespace, pipeline);
  const existing = await asking('Topics cannot be listed', () => admin.listTopics());
  const isThere = existing.includes(topic);
  return ofEach(shardsIn(config, pipeline), async (one) => ({
    ...one,
    committed: isThere ? await committedBy(one, kafka, admin, topic) : null,
  }));
}

/** @param topic of the progress, which is there. @throws DragomanError PROGRESS_LOST */
export async function committedBy(
  { shard }: OfShard,
  kafka: Kafka,
  admin: Admin,
  topic: string,
): Promise<CommittedProgress | null> {
  const { found } = await readProgress(kafka, admin, topic, shard);
  if (found === null) return null;
  const footprint = found.footprint === null ? null : decodeFootprint(found.footprint);
  return { progress: decodeProgress(found.progress), footprint };
}

/** The same over a connection of its own. */
export async function progressIn(config: Config, pipeline: string): Promise<ShardProgress[]> {
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    return await committedProgress(kafka, admin, config, pipeline);
  } finally {
    await admin.disconnect();
  }
}

/** Tasks that have not read the commands log beyond this offset, or not committed that. */
export const behindCommand = (all: readonly ShardProgress[], offset: number): string[] =>
  all.filter(({ committed }) => (committed?.progress.commands.next ?? 0) <= offset).map(({ task }) => task);

/** By which timers are due, of the shard that is furthest behind; null: not all have one. */
export function clockOf(all: readonly Pick<ShardProgress, 'committed'>[]): number | null {
  const clocks = all.map(({ committed }) => committed?.progress.clock ?? null);
  const known = clocks.filter((clock) => clock !== null);
  return known.length === 0 || known.length < clocks.length ? null : Math.min(...known);
}

/** What a pipeline committed last, as Kafka has it: read only, no group is joined. */
import type { Admin } from 'kafkajs';
import { asking } from '../../adapters/kafka/failure.js';
import { partitionName } from '../../adapters/kafka/names.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { decodeProgress, type Progress } from '../../pipeline/state/progress.js';
import { inputTopics } from '../wiring.js';

export interface CommittedOffsets {
  readonly offsets: ReadonlyMap<string, number>;
  /** Of the partition that carries the progress; null: none does. */
  readonly metadata: string | null;
}

/** @param topics that are there. */
export async function committedOffsets(
  admin: Admin,
  { namespace: groupId }: Pick<Config, 'namespace'>,
  topics: readonly string[],
): Promise<CommittedOffsets> {
  const answers = await asking('Committed offsets cannot be read', () =>
    admin.fetchOffsets({ groupId, topics: [...topics] }),
  );
  const offsets = new Map<string, number>();
  let metadata: string | null = null;
  for (const { topic, partitions } of answers) {
    for (const { partition, offset, metadata: text } of partitions) {
      if (Number(offset) >= 0) offsets.set(partitionName(topic, partition), Number(offset));
      if (text) metadata = text;
    }
  }
  return { offsets, metadata };
}

/** Null when nothing was ever committed. @throws DragomanError OFFSETS_LOST */
export async function committedProgress(
  admin: Admin,
  config: Config,
  rules: LoadedRules,
  pipeline: string,
): Promise<Progress | null> {
  const existing = new Set(await asking('Topics cannot be listed', () => admin.listTopics()));
  const sources = config.pipelines[pipeline]?.sources ?? [];
  const topics = inputTopics(sources, rules, existing).filter((topic) => existing.has(topic));
  const { offsets, metadata } = await committedOffsets(admin, config, topics);
  return offsets.size === 0 && metadata === null ? null : decodeProgress(metadata ?? '');
}

/** What a pipeline committed last, as Kafka has it: read only, no group is joined, nobody is fenced. */
import type { Admin, Kafka } from 'kafkajs';
import { asking } from '../../adapters/kafka/failure.js';
import { readProgress } from '../../adapters/kafka/read/progress-reader.js';
import type { Config } from '../../config/schema.js';
import { decodeFootprint, type Footprint } from '../../pipeline/progress/footprint.js';
import { decodeProgress, type Progress } from '../../pipeline/progress/progress.js';
import { internalTopics } from '../../pipeline/state/records.js';

export interface CommittedProgress {
  readonly progress: Progress;
  /** Null: none was ever committed. */
  readonly footprint: Footprint | null;
}

/** Null when nothing was ever committed. @throws DragomanError PROGRESS_LOST */
export async function committedProgress(
  kafka: Kafka,
  admin: Admin,
  { namespace }: Pick<Config, 'namespace'>,
  pipeline: string,
): Promise<CommittedProgress | null> {
  const { progress: topic } = internalTopics(namespace, pipeline);
  const existing = await asking('Topics cannot be listed', () => admin.listTopics());
  if (!existing.includes(topic)) return null;
  const { found } = await readProgress(kafka, admin, topic);
  if (found === null) return null;
  const footprint = found.footprint === null ? null : decodeFootprint(found.footprint);
  return { progress: decodeProgress(found.progress), footprint };
}

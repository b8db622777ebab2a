/**
 * Committed offsets as the version before left them: its progress is the metadata of one partition. Read when its last writer is fenced.
 */
import type { Admin } from 'kafkajs';
import type { Offsets } from '../../../pipeline/ports.js';
import { asking } from '../failure.js';
import { byTopic, partitionName } from '../names.js';
import { wholeAnswer } from '../whole-answers.js';

export interface OffsetsWithMetadata {
  readonly offsets: Offsets;
  /** Null: no offset is committed. */
  readonly metadata: string | null;
}

/** @param first partitions that had the progress, if they are read, in this order; any other one had it else. */
export async function formerOffsets(
  admin: Pick<Admin, 'fetchOffsets'>,
  groupId: string,
  partitions: readonly string[],
  first: readonly string[],
): Promise<OffsetsWithMetadata> {
  return asking('Committed offsets cannot be read', async () => {
    const topics = byTopic(partitions).map(({ topic }) => topic);
    const answers = await wholeAnswer(partitions, () => admin.fetchOffsets({ groupId, topics }));
    const offsets = new Map<string, number>();
    const texts = new Map<string, string>();
    for (const { topic, partitions: all } of answers) {
      for (const { partition, offset, metadata } of all) {
        if (Number(offset) < 0) continue;
        const name = partitionName(topic, partition);
        offsets.set(name, Number(offset));
        if (metadata !== null && metadata !== '') texts.set(name, metadata);
      }
    }
    const [any = ''] = texts.values();
    const named = first.flatMap((name) => texts.get(name) ?? [])[0];
    return { offsets, metadata: offsets.size === 0 ? null : (named ?? any) };
  });
}

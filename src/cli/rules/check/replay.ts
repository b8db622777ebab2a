/** The whole pipeline in memory over a recording, for whoever looks at what rules make of it. */
import type { RecordedRecord } from '../../../adapters/files/recording.js';
import type { Config } from '../../../config/schema.js';
import type { JournalEntry } from '../../../domain/state/journal-entry.js';
import { DragomanError } from '../../../errors.js';
import type { Observer } from '../../../pipeline/events.js';
import type { CompiledRules } from '../../../rules/compile.js';
import { embedded } from '../embedded.js';
import { partitionCounts, withPipeline } from '../translate.js';

export interface Replay {
  /** Perhaps overheard. */
  readonly rules: CompiledRules;
  readonly digest: string;
  readonly records: readonly RecordedRecord[];
  readonly config: Config;
  readonly observe: Observer;
}

export interface Replayed {
  /** What it stopped at; null: it came to its end. */
  readonly held: DragomanError | null;
  readonly journal: () => readonly JournalEntry[];
}

export async function replayed({ rules, digest, records, config: configured, observe }: Replay): Promise<Replayed> {
  const { config, pipeline } = withPipeline(configured, records);
  const { log, drain, journal } = embedded({
    ...{ config, pipeline, rules: { rules, digest }, partitions: partitionCounts(records), observe },
  });
  for (const { partition, ...record } of records) log.append(partition, record);
  const held = await drain().then(
    () => null,
    (error: unknown) => {
      if (error instanceof DragomanError) return error;
      throw error;
    },
  );
  return { held, journal };
}

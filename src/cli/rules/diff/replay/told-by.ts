/** A recording through one set of rules, by the whole pipeline in memory. */
import type { RecordedRecord } from '../../../../adapters/files/recording.js';
import type { LoadedRules } from '../../../../adapters/files/rules-loader.js';
import type { Config } from '../../../../config/schema.js';
import type { BeginningPolicy } from '../../../../domain/source/beginning.js';
import { progressWords } from '../../../state/progress-words.js';
import { embedded } from '../../embedded.js';
import { beginningWith, partitionCounts, withPipeline } from '../../translate.js';
import { Told } from '../told.js';

export interface ReplayOptions {
  readonly config: Config;
  /** In the place of what the config says of every source. */
  readonly beginning: BeginningPolicy | undefined;
}

/** @throws DragomanError what ends it: a source that is held, a beginning that is not known. */
export async function toldBy(
  name: string,
  rules: LoadedRules,
  records: readonly RecordedRecord[],
  options: ReplayOptions,
): Promise<Told> {
  const { config, pipeline } = beginningWith(options.beginning, withPipeline(options.config, records));
  const told = new Told(name, rules.rules);
  const progress = progressWords(`of ${records.length} records with the rules of ${name}`);
  let read = 0;
  const { log, drain } = embedded({
    ...{ config, pipeline, rules, partitions: partitionCounts(records), isForgotten: true },
    observe: (event) => {
      told.observe(event);
      if (event.kind === 'consumed') progress((read += event.records));
    },
  });
  for (const { partition, ...record } of records) log.append(partition, record);
  await drain();
  return told;
}

/** The outside of a recording: it is played through the rules in memory, as `translate` does, and what is left there is asked. */
import { openRecording } from '../../../adapters/files/recording.js';
import type { LogRecord, MemoryLog } from '../../../adapters/memory/log.js';
import type { BeginningPolicy } from '../../../domain/source/beginning.js';
import type { OwnRecord } from '../../../pipeline/ports.js';
import { decodeProgress } from '../../../pipeline/progress/progress.js';
import { type InternalTopics, internalTopics } from '../../../pipeline/state/records.js';
import type { CompiledRules } from '../../../rules/compile.js';
import type { HeldTransaction, JournalReads, Outside } from '../../../why/outside.js';
import { say } from '../../exit.js';
import { configOf, rulesOf } from '../../load.js';
import { embedded } from '../../rules/embedded.js';
import { beginningWith, partitionCounts, withPipeline } from '../../rules/translate.js';
import { inputTopics } from '../../wiring.js';
import { pipelineNow } from './now.js';
import type { Desk, WhyOptions } from '../options.js';
import { statesIn } from './stored.js';

/** @throws DragomanError RECORDING_INVALID, RULES_INVALID, what ended the pipeline */
export async function withRecording<T>(
  file: string,
  options: WhyOptions & { readonly beginning?: BeginningPolicy },
  use: (desk: Desk) => Promise<T>,
): Promise<T> {
  const loaded = configOf(options, false);
  const { records, only } = await openRecording(file);
  if (only !== null) say(`the recording has only ${only}`);
  const rules = await rulesOf(options, loaded);
  const { config, pipeline } = beginningWith(options.beginning, withPipeline(loaded.config, records));
  const partitions = partitionCounts(records);
  const held = new Map<string, readonly HeldTransaction[]>();
  const { log, store, settings, drain } = embedded({
    ...{ config, pipeline, rules, partitions },
    observe: (event) => {
      if (event.kind !== 'sequenced') return;
      const { source, allHeld } = event;
      held.set(
        source,
        allHeld.map((each) => ({ source, ...each })),
      );
    },
  });
  for (const { partition, ...record } of records) log.append(partition, record);
  await drain();
  const topics = internalTopics(config.namespace, pipeline);
  const sources = config.pipelines[pipeline]?.sources ?? [];
  const inputs = inputTopics(sources, rules, new Set(partitions.keys()));
  const outside: Outside = {
    ...new RecordedReads(log, topics, rules.rules).reads(pipeline),
    states: async (_, names) => ((await store.marker()) === null ? names.map(() => null) : statesIn(store, names)),
    kept: () => Promise.resolve(null), // all of it was decided by these rules
    now: () => Promise.resolve(nowIn(log, topics, inputs, rules.rules)),
    held: () => Promise.resolve({ held: [...held.values()].flat() }),
  };
  return use({ outside, rules, qualifier: settings.qualifier, watch: settings.watch });
}

/** Null: nothing was ever committed. */
export function nowIn(
  log: MemoryLog,
  { progress }: Pick<InternalTopics, 'progress'>,
  inputs: readonly string[],
  rules: CompiledRules,
) {
  const newest = log.records(`${progress}/0`).findLast(({ key }) => key === 'progress');
  if (newest?.value == null) return null;
  const ends = new Map(
    inputs.flatMap((topic) => log.partitionsOf(topic)).map((name) => [name, log.end(name)] as const),
  );
  return pipelineNow({ progress: decodeProgress(newest.value), timeMs: newest.timestampMs }, ends, { rules });
}

/** What a log in memory is asked. */
export class RecordedReads implements JournalReads {
  readonly #log: MemoryLog;
  readonly #journal: string;
  readonly #topics: readonly string[];

  constructor(log: MemoryLog, { journal }: Pick<InternalTopics, 'journal'>, { topics }: Pick<CompiledRules, 'topics'>) {
    this.#log = log;
    this.#journal = journal;
    this.#topics = topics;
  }

  reads(pipeline: string): Omit<Outside, 'states' | 'kept' | 'now' | 'held'> {
    return {
      ...{ pipeline, journal: this },
      places: (wanted) =>
        Promise.resolve(
          wanted.map(({ id, topic, key }) => {
            const partition = this.#log.partitionOf(topic, key);
            const found = this.#log.records(`${topic}/${partition}`).find(isEvent(id));
            return found === undefined ? null : { partition, offset: found.offset };
          }),
        ),
      findEvent: (id) => Promise.resolve(this.#findEvent(id)),
      committed: () => Promise.resolve(null),
    };
  }

  at({ id }: { readonly id: string }, offsets: readonly number[]): Promise<(OwnRecord | null)[]> {
    const partition = this.#log.partitionOf(this.#journal, id);
    const records = this.#log.records(`${this.#journal}/${partition}`);
    return Promise.resolve(
      offsets.map((wanted) => {
        const found = records.find(({ offset }) => offset === wanted);
        return found === undefined ? null : ownRecord(partition, found);
      }),
    );
  }

  search(texts: readonly string[]) {
    const all = this.#log
      .partitionsOf(this.#journal)
      .flatMap((name, partition) => this.#log.records(name).map((record) => ownRecord(partition, record)));
    const entries = all.filter(({ value }) => texts.some((text) => value?.includes(text) === true));
    return Promise.resolve({
      entries,
      more: 0,
      records: all.length,
      sinceMs: all[0]?.timestampMs ?? null,
      isAll: true,
    });
  }

  #findEvent(id: string) {
    let records = 0;
    for (const topic of this.#topics)
      for (const [partition, name] of this.#log.partitionsOf(topic).entries()) {
        const all = this.#log.records(name);
        records += all.length;
        const found = all.find(isEvent(id));
        if (found === undefined) continue;
        const { offset, key, value, headers } = found;
        return {
          ...{ topic, partition, offset, key: key ?? '', headers },
          value: JSON.parse(value ?? '{}') as object as Record<string, unknown>,
        };
      }
    return { records, sinceMs: null, isAll: true };
  }
}

const isEvent =
  (id: string) =>
  ({ headers }: LogRecord): boolean =>
    headers['ce_id'] === id;

const ownRecord = (partition: number, { offset, timestampMs, key, value }: LogRecord): OwnRecord => ({
  ...{ partition, offset, timestampMs, value },
  key: key ?? '',
});

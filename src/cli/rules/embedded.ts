/**
 * The whole pipeline in one process, without broker or Redis: the same task on the adapters in memory. For `translate`, the demo
 * and tests.
 */
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import { MemoryCommands } from '../../adapters/memory/commands.js';
import { MemoryLog } from '../../adapters/memory/log.js';
import { MemorySink } from '../../adapters/memory/sink.js';
import { MemorySource } from '../../adapters/memory/source.js';
import { MemoryStore } from '../../adapters/memory/store.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import type { Observer } from '../../pipeline/events.js';
import { ownTopics } from '../../domain/own-topics.js';
import type { JournalEntry } from '../../domain/state/journal-entry.js';
import { newKey } from '../../pipeline/seal/seal.js';
import { journalEntry } from '../../pipeline/state/journal-entries.js';
import { outputTopics } from '../../pipeline/state/records.js';
import { Task, type TaskSettings } from '../../pipeline/task.js';
import { inputTopics, taskSettings } from '../wiring.js';

export interface Embedded {
  readonly log: MemoryLog;
  readonly store: MemoryStore;
  readonly settings: TaskSettings;
  readonly task: Task;
  /** What is committed of the journal from that entry on, in the order of the decisions. */
  readonly journal: (from?: number) => readonly JournalEntry[];
  /** Runs until everything in the log is read and everything complete is committed. @throws what ended the task. */
  readonly drain: () => Promise<void>;
}

export interface EmbeddedSettings {
  readonly config: Config;
  readonly pipeline: string;
  readonly rules: LoadedRules;
  readonly observe: Observer;
  /** Partitions of each input topic; 1 when it is not named. */
  readonly partitions: ReadonlyMap<string, number>;
  /** What was committed is not kept in the log: whoever observes has all that is wanted of it. */
  readonly isForgotten?: boolean;
}

/** All time in memory comes from the recording, so two runs give the same bytes. */
const clock = { nowMs: () => 0 };
/** One key for all, because what is sealed never leaves the process. */
const random = (bytes: number): Uint8Array => new Uint8Array(bytes);
const keyOf = (): string => newKey(random);

export function embedded(embeddedSettings: EmbeddedSettings): Embedded {
  const { config, pipeline, rules, observe, partitions, isForgotten = false } = embeddedSettings;
  const settings = taskSettings(config, pipeline, rules);
  const topics = inputTopics(settings.sources, rules, new Set(partitions.keys()));
  const log = new MemoryLog(() => 0);
  for (const topic of topics) log.createTopic(topic, partitions.get(topic) ?? 1);
  for (const topic of ownTopics(settings.topics)) log.createTopic(topic, 1);
  const outputs = outputTopics(rules.rules, settings.topics);
  for (const topic of outputs) log.createTopic(topic, 1);

  const kept = new Set([settings.topics.deadLetters, settings.topics.commands]);
  const written = [...ownTopics(settings.topics), ...outputs.filter((topic) => !kept.has(topic))].flatMap((topic) =>
    log.partitionsOf(topic),
  );
  const forget = (): void => {
    for (const partition of written) log.expire(partition, log.end(partition));
  };
  const end = new Ending();
  const store = new MemoryStore();
  const task = new Task(
    {
      source: new MemorySource(log, topics),
      commands: new MemoryCommands(log, settings.topics.commands),
      sink: new MemorySink(log, { group: `${config.namespace}.${pipeline}`, own: settings.topics }),
      store,
      clock,
      random,
      observe: (event) => {
        observe(event);
        end.observe(event);
        if (isForgotten && event.kind === 'committed') forget();
      },
    },
    settings,
  );
  const journal = (from = 0): JournalEntry[] =>
    log
      .records(`${settings.topics.journal}/0`)
      .slice(from)
      .map(({ value }) => journalEntry(value ?? '', keyOf));
  return { log, store, settings, task, journal, drain: () => end.of(task) };
}

/** Ends a task when it is idle, or when it waits for a person: there is none here. */
class Ending {
  #resolve: (refusal: DragomanError | null) => void = () => undefined;

  /** A break in a source, over which nobody decides here. */
  #gap: DragomanError | null = null;

  readonly observe: Observer = (event) => {
    const gap = event.kind === 'sequenced' ? event.allHeld.find(({ code }) => code === 'SOURCE_GAP') : undefined;
    if (gap !== undefined) this.#gap = new DragomanError('SOURCE_GAP', gap.text);
    if (event.kind === 'idle') this.#resolve(this.#gap);
    if (event.kind === 'failed' && event.disposition === 'refuse') {
      this.#resolve(new DragomanError(event.code, event.text));
    }
  };

  async of(task: Task): Promise<void> {
    const ended = new Promise<DragomanError | null>((resolve) => (this.#resolve = resolve));
    const running = task.run();
    const refusal = await Promise.race([ended, running.then(() => null)]);
    task.stop();
    await running;
    if (refusal !== null) throw refusal;
  }
}

/**
 * A whole pipeline in memory over recorded topics, which can be ended and failed at any call to the outside. What the outside
 * holds (log, committed offsets, store) lives on from one task to the next, as Kafka and Redis do.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { loadRules, type LoadedRules } from '../../src/adapters/files/rules-loader.js';
import { MemoryCommands } from '../../src/adapters/memory/commands.js';
import { MemoryLog, type LogRecord } from '../../src/adapters/memory/log.js';
import { MemorySink } from '../../src/adapters/memory/sink.js';
import { MemorySource } from '../../src/adapters/memory/source.js';
import { MemoryStore } from '../../src/adapters/memory/store.js';
import { taskSettings, inputTopics } from '../../src/cli/wiring.js';
import { sourceOf } from '../../src/config/keys/pipelines.js';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';
import type { AggregateState } from '../../src/domain/state/aggregate-state.js';
import { type Shard, shardsOf, taskName } from '../../src/domain/shard.js';
import type { JournalEntry } from '../../src/domain/state/journal-entry.js';
import { DragomanError } from '../../src/errors.js';
import type { PipelineEvent } from '../../src/pipeline/events.js';
import type { CommandLog, Ground, Random, Schemas, Sink, Source, StateStore } from '../../src/pipeline/ports.js';
import { outputTopics, trialTopics } from '../../src/pipeline/state/records.js';
import { StoredStates } from '../../src/pipeline/state/stored-states.js';
import { ownTopics } from '../../src/domain/own-topics.js';
import { journalEntry } from '../../src/pipeline/state/journal-entries.js';
import { readsTold, toldTopics } from '../../src/pipeline/told/told-inputs.js';
import { topicName } from '../../src/pipeline/topic-name.js';
import { Task, type TaskSettings } from '../../src/pipeline/task.js';
import type { CompiledRules } from '../../src/rules/compile.js';
import { type RecordedRecord, sourceRecord } from './recordings.js';
import { type Hashes, hashesOf, parkedIn, statesIn } from './stored.js';

const RULES = fileURLToPath(new URL('../../rules', import.meta.url));
let retailer: Promise<LoadedRules> | undefined;

/** The retailer's rules of this repository, loaded once. */
export const retailerRules = (): Promise<LoadedRules> => (retailer ??= loadRules(RULES));

const PIPELINE = 'orders';
export const GROUP = `dragoman.${PIPELINE}`;
/** Made-up histories begin with empty tables; a recording's snapshot counts all the same. */
const SOURCE = { name: 'legacy', graceMs: 0, beginning: 'empty' } as const;

/** A watch has a thread for each draft: tests of rules that are too slow bring one of their own. */
const unwatched: TaskSettings['watch'] = (run) => run();

/** What differs from the recorded source with every default. */
export type SourceChanges = Partial<Parameters<typeof sourceOf>[0]>;

let defaults: Config | undefined;

/** Thousands of pipelines are made, and all that differs is their source. */
export function configOf(source: SourceChanges = {}): Config {
  defaults ??= loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false }).config;
  return {
    ...defaults,
    pipelines: { [PIPELINE]: { sources: [sourceOf({ ...SOURCE, ...source })], qualifier: null, shards: 1 } },
  };
}

export interface RigOptions {
  readonly rules: { readonly rules: CompiledRules; readonly digest: string };
  readonly source?: SourceChanges;
  readonly settings?: Partial<TaskSettings>;
  readonly journalPartitions?: number;
  /** Of contract topics; 1 when nothing is said. */
  readonly contractPartitions?: number;
  /** Of how many shards this is the first; see `Rig.shards`. */
  readonly shards?: number;
  /** Records that tell how many partitions the topics have; default: those that are there from the start. */
  readonly shapedBy?: readonly RecordedRecord[];
  /** What our clock and the broker say all the time, ms since 1970; 0 when nothing is said. */
  readonly nowMs?: number;
}

/** Ports of one task; a test may wrap or replace them. */
export interface RigPorts {
  readonly ground?: Ground;
  readonly source: Source;
  readonly commands: CommandLog;
  readonly sink: Sink;
  readonly store: StateStore;
  readonly random: Random;
  /** Absent: there is no registry. */
  readonly schemas?: Schemas;
}

/** How one life of a task ended. `crashed`: a port threw what no port may throw, as when a process ends. */
export type LifeEnd =
  | { readonly kind: 'drained' | 'crashed' | 'fenced' }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string };

/** Thrown by a port to end the life of a task at that very call. */
export class ProcessEnded extends Error {}

export class Rig {
  readonly log: MemoryLog;
  store = new MemoryStore();
  /** What all lives of the pipeline told. */
  readonly told: PipelineEvent[] = [];
  readonly #options: RigOptions;
  readonly #topics: readonly string[];
  readonly #shard: Shard;

  /** @param first of the shards, whose log it shares. */
  constructor(records: readonly RecordedRecord[], options: RigOptions, first: Rig | null = null, index = 0) {
    this.#options = options;
    const { shards = 1 } = options;
    this.#shard = { index, count: shards };
    this.log = first?.log ?? new MemoryLog(() => this.#options.nowMs ?? 0);
    const { sources, topics } = this.settings();
    const recorded = new Set(records.map(({ topic }) => topic));
    this.#topics = inputTopics(sources, options.rules, recorded);
    if (first !== null) return;
    for (const topic of this.#topics) this.log.createTopic(topic, partitionCount(options.shapedBy ?? records, topic));
    for (const topic of [topics.state, topics.journal]) this.log.createTopic(topic, options.journalPartitions ?? 2);
    this.log.createTopic(topics.progress, shards);
    const shared = [topics.deadLetters, topics.commands, topics.ownership];
    for (const topic of outputTopics(options.rules.rules, topics))
      this.log.createTopic(topic, shared.includes(topic) ? 1 : (options.contractPartitions ?? 1));
    for (const topic of trialTopics(options.rules.rules)) this.log.createTopic(topic, options.contractPartitions ?? 1);
    for (const topic of this.settings().audiences ?? []) this.log.createTopic(topic, options.contractPartitions ?? 1);
    this.play(records);
  }

  /** All shards of a pipeline over one log, each with a store of its own. */
  static shards(records: readonly RecordedRecord[], options: RigOptions & { readonly shards: number }): Rig[] {
    const partitions = { journalPartitions: 2 * options.shards, contractPartitions: options.shards };
    const first = new Rig(records, { ...partitions, ...options });
    const others = shardsOf(options.shards).slice(1);
    return [first, ...others.map(({ index }) => new Rig(options.shapedBy ?? records, options, first, index))];
  }

  /** Under which its offsets are told. */
  get group(): string {
    return `dragoman.${taskName(PIPELINE, this.#shard)}`;
  }

  /** Appends records to the input, as the connector does. */
  play(records: readonly RecordedRecord[]): void {
    for (const record of records) {
      if (!this.#topics.includes(record.topic)) continue;
      const { partition, offset, otherKey } = sourceRecord(record);
      const { key, value } = record;
      const { traceparent } = record.headers;
      const headers: Record<string, string> = {
        ...(otherKey === null ? {} : { '__debezium.newkey': otherKey }),
        ...(typeof traceparent === 'string' ? { traceparent } : {}),
      };
      this.log.append(partition, { offset, timestampMs: record.timestamp, key, value, headers });
    }
  }

  /** Appends a record to the commands log, as the command line does. */
  command(value: object | string, key = PIPELINE): void {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.log.append(`${this.settings().topics.commands}/0`, { timestampMs: 0, key, value: text, headers: {} });
  }

  /** What the outside holds of a pipeline that ran with other rules: its own topics, committed offsets, store. The input is played anew. */
  goOnFrom(former: Rig): void {
    this.store = former.store;
    this.log.goOnFrom(former.log, ownTopics(former.settings().topics), GROUP);
  }

  settings(digest = this.#options.rules.digest): TaskSettings {
    const { rules, source, settings } = this.#options;
    const made = taskSettings(configOf(source), PIPELINE, { rules: rules.rules, digest }, this.#shard);
    return { ...made, watch: unwatched, ...settings };
  }

  ports(): RigPorts {
    const told = toldTopics(this.#options.rules.rules);
    return {
      source: new MemorySource(this.log, [...this.#topics, ...told], (name) => this.#reads(name)),
      commands: new MemoryCommands(this.log, this.settings().topics.commands),
      sink: new MemorySink(this.log, { group: this.group, own: this.settings().topics, shard: this.#shard }),
      store: this.store,
      random: randomBytes,
    };
  }

  /** Of contract topics those of its own aggregates. */
  #reads(partition: string): boolean {
    return this.#topics.includes(topicName(partition)) || readsTold(this.#shard, partition);
  }

  /** One life: until everything is read and committed, until a person is needed, or until a port ends it. */
  async live(
    ports: RigPorts = this.ports(),
    settings: TaskSettings = this.settings(),
    begun: (task: Task) => void = () => undefined,
  ): Promise<LifeEnd> {
    let settle: (end: LifeEnd) => void = () => undefined;
    const ended = new Promise<LifeEnd>((resolve) => (settle = resolve));
    const task = new Task(
      {
        ...ports,
        clock: { nowMs: () => this.#options.nowMs ?? 0 },
        observe: (event) => {
          this.told.push(event);
          if (event.kind === 'idle') settle({ kind: 'drained' });
          if (event.kind === 'failed' && event.disposition === 'refuse')
            settle({ kind: 'refused', code: event.code, text: event.text });
        },
      },
      settings,
    );
    begun(task);
    const running = task.run().then(
      (end): LifeEnd => ({ kind: end === 'fenced' ? 'fenced' : 'drained' }),
      (error: unknown): LifeEnd => {
        if (error instanceof DragomanError && error.cause instanceof ProcessEnded) return { kind: 'crashed' };
        throw error;
      },
    );
    const end = await Promise.race([ended, running]);
    task.stop();
    const last = await running;
    return last.kind === 'crashed' ? last : end;
  }

  /** Records of the contract topics, in their order, without the digest of the rules that decided. */
  published(): readonly PublishedRecord[] {
    return this.#options.rules.rules.topics.flatMap((topic) =>
      this.#records(topic).map(({ key, value, headers }) => ({
        topic,
        key: key ?? '',
        value: JSON.parse(value ?? '') as Record<string, unknown>,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'ce_rulesdigest')),
      })),
    );
  }

  /** Values of the events of one order, in their order. */
  eventsOf(orderId: string): Record<string, unknown>[] {
    return this.published()
      .filter(({ key }) => key === orderId)
      .map(({ value }) => value);
  }

  journal(): JournalEntry[] {
    const states = this.states();
    const keyOf = (aggregate: string): string | undefined => states.get(aggregate)?.sealKey;
    return this.#records(this.settings().topics.journal).map(({ value }) => journalEntry(value ?? '', keyOf));
  }

  /** Decisions in the order of the journal, by aggregate. */
  decisions(): Record<string, string[]> {
    const byAggregate: Record<string, string[]> = {};
    for (const { id, origin, outcome, rows } of this.journal())
      (byAggregate[id] ??= []).push(`${origin.position ?? ''} ${outcome} ${rows.length} rows`);
    return byAggregate;
  }

  deadLetters(): readonly LogRecord[] {
    return this.#records(this.settings().topics.deadLetters);
  }

  /** Refusal code by `aggregate:id`, of what is parked. */
  parked(): Record<string, string> {
    return parkedIn(this.stored());
  }

  /** The same, as the store has it. */
  async parkedInStore(): Promise<Record<string, string>> {
    const marker = (await this.store.marker()) ?? '';
    return Object.fromEntries(await new StoredStates(this.store).parked(marker));
  }

  /** As the state topic has it. */
  stored(): Hashes {
    return hashesOf(this.#records(this.settings().topics.state));
  }

  /** By `aggregate:id`. */
  states(): Map<string, AggregateState> {
    return statesIn(this.stored());
  }

  #records(topic: string): LogRecord[] {
    return this.log.partitionsOf(topic).flatMap((partition) => this.log.records(partition));
  }
}

export interface PublishedRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

const partitionCount = (records: readonly RecordedRecord[], topic: string): number =>
  records.reduce((count, record) => (record.topic === topic ? Math.max(count, record.partition + 1) : count), 1);

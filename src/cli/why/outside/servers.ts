/** The outside on the servers: states in Redis, journal and events in Kafka, what is held from the members. Joins no group, writes nothing. */
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../../adapters/kafka/client.js';
import { asking } from '../../../adapters/kafka/failure.js';
import { eventsNear, textOf } from '../../../adapters/kafka/look/events-near.js';
import { PlacedRecords } from '../../../adapters/kafka/look/placed-records.js';
import { searchBack, type SearchPlan } from '../../../adapters/kafka/look/search-back.js';
import { partitionName, splitName } from '../../../adapters/kafka/names.js';
import { ownRecord } from '../../../adapters/kafka/read/topic-reader.js';
import type { LoadedRules } from '../../../adapters/files/rules-loader.js';
import type { Config } from '../../../config/schema.js';
import type { AggregateRef } from '../../../domain/change-set.js';
import { partitionOf } from '../../../domain/partition.js';
import type { AggregateState } from '../../../domain/state/aggregate-state.js';
import { DragomanError } from '../../../errors.js';
import type { OwnRecord, RawRecord } from '../../../pipeline/ports.js';
import { internalTopics } from '../../../pipeline/state/records.js';
import type { TaskSettings } from '../../../pipeline/task.js';
import type {
  EventWanted,
  FoundEntries,
  FoundEvent,
  HeldNow,
  KeptHere,
  Outside,
  PipelineNow,
  Searched,
  SearchUntil,
} from '../../../why/outside.js';
import { configOf, rulesOf } from '../../load.js';
import { heldIn, heldNow, type MemberOption } from '../../operator/held.js';
import { pipelineOf } from '../../operator/operator.js';
import { compiledOnce } from '../../operator/reading/reading.js';
import { ownerOf } from '../../operator/shards.js';
import { type ShardStore, withStores } from '../../operator/reading/stored-states.js';
import { inputTopics, taskSettings } from '../../wiring.js';
import { nowOf } from './committed-now.js';
import { InputsNow } from './inputs-now.js';
import { keptIn, statesIn } from './stored.js';
import type { Desk, WhyOptions } from '../options.js';

/** @throws DragomanError KAFKA_UNAVAILABLE, REDIS_UNAVAILABLE, ACCESS_DENIED */
export async function withServers<T>(options: WhyOptions, use: (desk: Desk) => Promise<T>): Promise<T> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const rules = await rulesOf(options, loaded);
  const { qualifier, watch } = taskSettings(config, pipeline, rules);
  return withStores(config, pipeline, async (stores) => {
    const servers = new Servers({ config, pipeline, rules, stores, members: options });
    try {
      await servers.connect();
      return await use({ outside: servers.outside(), rules, qualifier, watch });
    } finally {
      await servers.disconnect();
    }
  });
}

export interface ServersSettings {
  readonly config: Config;
  readonly pipeline: string;
  readonly rules: LoadedRules;
  readonly stores: readonly ShardStore[];
  readonly members: MemberOption;
}

/** So that nothing is left out that a clock ahead of ours dated. */
const LATER_MS = 3_600_000;

export class Servers {
  readonly #settings: ServersSettings;
  readonly #task: TaskSettings;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #placed: PlacedRecords;
  readonly #inputs: InputsNow;

  constructor(settings: ServersSettings) {
    this.#settings = settings;
    const { config, pipeline, rules } = settings;
    const task = taskSettings(config, pipeline, rules);
    this.#task = { ...task, compile: compiledOnce(task.compile) };
    this.#kafka = kafkaClient(settings.config.kafka, () => undefined);
    this.#admin = this.#kafka.admin();
    this.#placed = new PlacedRecords(this.#kafka);
    this.#inputs = new InputsNow(async () => this.#inputsAmong(await this.#existing()));
  }

  async connect(): Promise<void> {
    const { rules } = this.#settings;
    await asking('Kafka cannot be reached', () => this.#admin.connect());
    const existing = await this.#existing();
    const { journal, progress } = this.#topics;
    if (!existing.has(journal))
      throw new DragomanError(
        'TOPIC_MISSING',
        `There is no topic ${journal}: this pipeline was never set up (dragoman topics).`,
      );
    this.#inputs.seen(this.#inputsAmong(existing));
    await this.#placed.connect([journal, progress, ...rules.rules.topics].filter((topic) => existing.has(topic)));
  }

  async #existing(): Promise<ReadonlySet<string>> {
    return new Set(await asking('Topics cannot be listed', () => this.#admin.listTopics()));
  }

  #inputsAmong(existing: ReadonlySet<string>): string[] {
    const { config, pipeline, rules } = this.#settings;
    const sources = config.pipelines[pipeline]?.sources ?? [];
    return inputTopics(sources, rules, existing).filter((topic) => existing.has(topic));
  }

  async disconnect(): Promise<void> {
    await Promise.all([this.#placed.disconnect(), this.#admin.disconnect()]);
  }

  outside(): Outside {
    return {
      pipeline: this.#settings.pipeline,
      states: (id, names) => statesIn(ownerOf(this.#settings.stores, id).store, names),
      kept: (ref, state) => this.#kept(ref, state),
      journal: {
        at: ({ id }, offsets) => this.#entries(id, offsets),
        search: (texts, until) => this.#search(texts, until),
      },
      now: (id) => this.#now(id),
      held: () => this.#held(),
      places: (wanted) => this.#places(wanted),
      findEvent: (id, until) => this.#findEvent(id, until),
      committed: (group, topics) => this.#committed(group, topics),
    };
  }

  #kept(ref: AggregateRef, state: AggregateState): Promise<KeptHere | null> {
    const { shard, store } = ownerOf(this.#settings.stores, ref.id);
    return keptIn(store, { ...this.#task, shard }, ref, state);
  }

  get #topics() {
    return internalTopics(this.#settings.config.namespace, this.#settings.pipeline);
  }

  async #entries(id: string, offsets: readonly number[]): Promise<(OwnRecord | null)[]> {
    const { journal } = this.#topics;
    const partition = partitionOf(id, this.#placed.partitionsOf(journal));
    const records = await this.#placed.at(partitionName(journal, partition), offsets);
    return records.map((record) => record && ownRecord(partition, record));
  }

  async #search(texts: readonly string[], until: SearchUntil): Promise<FoundEntries> {
    const needles = texts.map((text) => Buffer.from(text));
    const pick = (record: RawRecord, name: string): OwnRecord | null =>
      needles.some((needle) => record.value?.includes(needle) === true)
        ? ownRecord(splitName(name).partition, record)
        : null;
    const plan = { what: 'The journal', topics: [this.#topics.journal], pick };
    const { found: entries, ...searched } = await this.#searchBack<OwnRecord>(plan, until);
    return { ...searched, entries };
  }

  async #findEvent(id: string, until: SearchUntil) {
    const { topics } = this.#settings.rules.rules;
    const pick = (record: RawRecord, name: string): FoundEvent | null =>
      textOf(record.headers['ce_id']) === id ? foundEvent(name, record) : null;
    const plan = { what: 'Contract topics', topics, pick };
    const { found, ...searched } = await this.#searchBack<FoundEvent>(plan, until);
    return found[0] ?? (searched satisfies Searched);
  }

  #searchBack<T>(plan: Omit<SearchPlan<T>, 'untilMs'>, { untilMs = Date.now() + LATER_MS }: SearchUntil) {
    return searchBack(this.#kafka, this.#admin, { ...plan, untilMs });
  }

  async #places(wanted: readonly EventWanted[]) {
    const all = wanted.map(({ id, topic, key, nearMs }) => {
      const partition = partitionName(topic, partitionOf(key, this.#placed.partitionsOf(topic)));
      return { id, key, nearMs, partition };
    });
    const found = await eventsNear(this.#placed, all);
    return wanted.map(({ id }) => found.get(id) ?? null);
  }

  async #now(id: string | null): Promise<PipelineNow | null> {
    const { stores, rules } = this.#settings;
    const asked = id === null ? stores : [ownerOf(stores, id)];
    const ports = { kafka: this.#kafka, admin: this.#admin, placed: this.#placed };
    const of = { topic: this.#topics.progress, inputs: await this.#inputs.topics(), rules: rules.rules };
    const all = await Promise.all(asked.map(({ shard }) => nowOf(ports, { ...of, shard })));
    const known = all.filter((now) => now !== null).sort((a, b) => b.recordsBehind - a.recordsBehind);
    return known.length < all.length ? null : (known[0] ?? null);
  }

  /** Members say it over HTTP; where none can be asked, the rest is answered all the same. */
  async #held(): Promise<HeldNow> {
    const { config, pipeline, members } = this.#settings;
    try {
      return { held: heldIn(await heldNow(config, pipeline, members)) };
    } catch (error) {
      const isUnknown = error instanceof DragomanError && ['MEMBER_UNAVAILABLE', 'ACCESS_DENIED'].includes(error.code);
      if (!isUnknown) throw error;
      return { unknown: error.message };
    }
  }

  async #committed(groupId: string, topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = await asking(`Offsets of group ${groupId} cannot be read`, () =>
      this.#admin.fetchOffsets({ groupId, topics: [...topics] }),
    );
    return new Map(
      found.flatMap(({ topic, partitions }) =>
        partitions
          .filter(({ offset }) => Number(offset) >= 0)
          .map(({ partition, offset }) => [partitionName(topic, partition), Number(offset)] as const),
      ),
    );
  }
}

function foundEvent(name: string, { offset, key, value, headers }: RawRecord): FoundEvent {
  const texts = Object.entries(headers).map(([header, text]) => [header, textOf(text)] as const);
  return {
    ...splitName(name),
    ...{ offset, key: key?.toString() ?? '', headers: Object.fromEntries(texts) },
    value: JSON.parse(value?.toString() ?? '{}') as Readonly<Record<string, unknown>>,
  };
}

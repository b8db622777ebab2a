/** How far a pipeline is behind its sources: what it committed against what there is to read. */
import type { Admin } from 'kafkajs';
import type { LoadedRules } from '../../../adapters/files/rules-loader.js';
import { kafkaClient } from '../../../adapters/kafka/client.js';
import { asking } from '../../../adapters/kafka/failure.js';
import { partitionName, splitName } from '../../../adapters/kafka/names.js';
import type { Config, SourceConfig } from '../../../config/schema.js';
import { inputTopics } from '../../wiring.js';
import { committedProgress, type ShardProgress } from './committed-progress.js';

export interface PartitionEnds {
  readonly first: number;
  readonly end: number;
}

/** By partition (`topic/3`). */
export async function endsOf(admin: Admin, topics: readonly string[]): Promise<ReadonlyMap<string, PartitionEnds>> {
  const all = topics.map(async (topic) => {
    const partitions = await asking('Ends cannot be read', () => admin.fetchTopicOffsets(topic));
    return partitions.map(({ partition, low, high }): [string, PartitionEnds] => [
      partitionName(topic, partition),
      { first: Number(low), end: Number(high) },
    ]);
  });
  return new Map((await Promise.all(all)).flat());
}

export interface LagReads {
  topics(): Promise<ReadonlySet<string>>;
  ends(topics: readonly string[]): Promise<ReadonlyMap<string, PartitionEnds>>;
  progress(pipeline: string): Promise<readonly Pick<ShardProgress, 'committed'>[]>;
}

export interface LagPorts {
  readonly config: Pick<Config, 'pipelines'>;
  readonly rules: LoadedRules;
  readonly reads: LagReads;
  readonly nowMs: () => number;
}

export interface Lag {
  readonly lagRecords: number;
  /** Null: not known. */
  readonly lagSeconds: number | null;
}

/** By source. */
export async function lags(
  pipeline: string,
  { config, rules, reads, nowMs }: LagPorts,
): Promise<ReadonlyMap<string, Lag>> {
  const [existing, shards] = await Promise.all([reads.topics(), reads.progress(pipeline)]);
  const sources = config.pipelines[pipeline]?.sources ?? [];
  const topicsOf = (source: SourceConfig): string[] =>
    inputTopics([source], rules, existing).filter((topic) => existing.has(topic));
  const ends = await reads.ends([...new Set(sources.flatMap(topicsOf))]);
  return new Map(
    sources.map((source) => [
      source.name,
      lagOf(source.name, new Set(topicsOf(source)), { shards, ends, nowMs: nowMs() }),
    ]),
  );
}

/** Of the source that is furthest behind; null: not known. Over a connection of its own. */
export async function behindNow(config: Config, pipeline: string, rules: LoadedRules): Promise<number | null> {
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    const reads: LagReads = {
      topics: async () => new Set(await asking('Topics cannot be listed', () => admin.listTopics())),
      ends: (topics) => endsOf(admin, topics),
      progress: () => committedProgress(kafka, admin, config, pipeline),
    };
    return furthestMs(await lags(pipeline, { config, rules, reads, nowMs: Date.now }));
  } finally {
    await admin.disconnect();
  }
}

/** Of the source that is furthest behind; null: not known. Pure. */
export function furthestMs(all: ReadonlyMap<string, Lag>): number | null {
  const seconds = [...all.values()].map(({ lagSeconds }) => lagSeconds);
  return seconds.includes(null) ? null : Math.max(0, ...seconds.map((each) => (each ?? 0) * 1_000));
}

export interface LagFacts {
  readonly shards: readonly Pick<ShardProgress, 'committed'>[];
  readonly ends: ReadonlyMap<string, PartitionEnds>;
  readonly nowMs: number;
}

/** Of the shard that is furthest behind. Pure. */
export function lagOf(source: string, topics: ReadonlySet<string>, { shards, ends, nowMs }: LagFacts): Lag {
  const partitions = [...ends].filter(([name]) => topics.has(splitName(name).topic));
  let lagRecords = 0;
  let lagSeconds: number | null = 0;
  for (const { committed } of shards) {
    const lag = partitions.reduce(
      (total, [name, { first, end }]) => total + Math.max(0, end - (committed?.progress.offsets.get(name) ?? first)),
      0,
    );
    lagRecords = Math.max(lagRecords, lag);
    const timeMs = committed?.progress.frontiers[source]?.timeMs ?? null;
    if (lag === 0 || lagSeconds === null) continue;
    lagSeconds = timeMs === null ? null : Math.max(lagSeconds, (nowMs - timeMs) / 1_000);
  }
  return { lagRecords, lagSeconds };
}

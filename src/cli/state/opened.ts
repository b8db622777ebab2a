/** The state topic of a pipeline opened for one command and closed after it; all of it, and as each of its shards sees it. */
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { describeTopics } from '../../adapters/kafka/ground/described-topics.js';
import { readRange } from '../../adapters/kafka/read/topic-reader.js';
import type { Config } from '../../config/schema.js';
import { ownsPartition, type Shard } from '../../domain/shard.js';
import { DragomanError } from '../../errors.js';
import type { OwnRecord } from '../../pipeline/ports.js';
import { checkFootprint } from '../../pipeline/progress/footprint.js';
import { checkEnds, checkWhole } from '../../pipeline/recover/recovery.js';
import { internalTopics } from '../../pipeline/state/records.js';
import { type CommittedProgress, committedProgress } from '../operator/reading/committed-progress.js';

/** For reading. */
export interface StateTopic {
  readonly cluster: string;
  /** One that is made anew under the same name has another. */
  readonly id: string;
  readonly begin: readonly number[];
  readonly end: readonly number[];
  /** Ids of the members of the namespace's group. */
  readonly members: readonly string[];
  /** Next offsets, asked now. */
  ends(): Promise<readonly number[]>;
  /** Partitions of others count as empty, as in what the shard commits. */
  of(shard: Shard): ShardTopic;
  read(from: readonly number[], to: readonly number[]): AsyncIterable<readonly OwnRecord[]>;
}

export type ShardTopic = Pick<StateTopic, 'cluster' | 'begin' | 'ends' | 'read'>;

/** @throws DragomanError STATE_LOST, TOPIC_RECREATED, PARTITIONS_CHANGED, CLUSTER_CHANGED, PROGRESS_LOST, KAFKA_UNAVAILABLE */
export async function withStateTopic<T>(
  config: Config,
  pipeline: string,
  use: (topic: StateTopic) => Promise<T>,
): Promise<T> {
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    return await use(await opened(kafka, admin, config, pipeline));
  } finally {
    await admin.disconnect();
  }
}

async function opened(kafka: Kafka, admin: Admin, config: Config, pipeline: string): Promise<StateTopic> {
  const { state: name } = internalTopics(config.namespace, pipeline);
  const committed = await committedProgress(kafka, admin, config, pipeline);
  const described = (await describeTopics(kafka, [name])).get(name);
  const looking = <T>(look: () => Promise<T>): Promise<T> =>
    asking(`The state topic ${name} cannot be looked at`, look);
  const bounds = async (): Promise<{ begin: number[]; end: number[] }> => {
    const offsets = (await admin.fetchTopicOffsets(name)).sort((a, b) => a.partition - b.partition);
    return { begin: offsets.map(({ low }) => Number(low)), end: offsets.map(({ high }) => Number(high)) };
  };
  if (described === undefined) throw missing(name);
  const topic = await looking(async () => {
    const { clusterId } = await admin.describeCluster();
    const { groups } = await admin.describeGroups([config.namespace]);
    const members = groups.flatMap((group) => group.members.map(({ memberId }) => memberId));
    return { cluster: clusterId, id: described.id, members, ...(await bounds()) };
  });
  for (const { shard, committed: one } of committed)
    checkTopic(name, { ...topic, begin: ownOf(shard, topic.begin), end: ownOf(shard, topic.end) }, one);
  const read = (from: readonly number[], to: readonly number[]): AsyncIterable<readonly OwnRecord[]> =>
    readRange(kafka, { topic: name, from, to });
  const ends = (): Promise<readonly number[]> => looking(async () => (await bounds()).end);
  const of = (shard: Shard): ShardTopic => ({
    ...{ cluster: topic.cluster, begin: ownOf(shard, topic.begin), read },
    ends: async () => ownOf(shard, await ends()),
  });
  return { ...topic, ends, of, read };
}

/** Offsets by partition, 0 where another shard writes. */
const ownOf = (shard: Shard, offsets: readonly number[]): number[] =>
  offsets.map((offset, partition) => (ownsPartition(shard, partition) ? offset : 0));

/**
 * Whether it is the one that the pipeline committed to, as a start would ask. Pure.
 * @throws DragomanError STATE_LOST, TOPIC_RECREATED, PARTITIONS_CHANGED, CLUSTER_CHANGED
 */
export function checkTopic(
  name: string,
  { cluster, id, begin, end }: Pick<StateTopic, 'cluster' | 'id' | 'begin' | 'end'>,
  committed: CommittedProgress | null,
): void {
  const now = { cluster, topics: new Map([[name, { id, partitions: end.length }]]) };
  if (committed?.footprint != null) checkFootprint(committed.footprint, now, new Set());
  if (committed !== null) checkEnds(committed.progress, { ...committed.progress.ends, state: end });
  checkWhole(begin);
}

const missing = (name: string): DragomanError =>
  new DragomanError(
    'STATE_LOST',
    `There is no topic ${name}. Either this pipeline was never set up (\`dragoman topics\` says what is missing), or its state topic ` +
      'was deleted: then restore it, or start a new namespace.',
    { details: { topic: name } },
  );

/** A pipeline held by a command, all its shards: nobody else writes for it meanwhile, and its own topics are as they have to be. */
import type { Admin, Kafka } from 'kafkajs';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { describeTopics } from '../../adapters/kafka/ground/described-topics.js';
import { KafkaGround } from '../../adapters/kafka/ground/ground.js';
import { refuseOn, verifyTopics } from '../../adapters/kafka/ground/topics.js';
import { partitionName } from '../../adapters/kafka/names.js';
import { KafkaSink } from '../../adapters/kafka/write/sink.js';
import type { Config } from '../../config/schema.js';
import { ownTopics } from '../../domain/own-topics.js';
import { DragomanError } from '../../errors.js';
import { type InternalTopics, internalTopics } from '../../pipeline/state/records.js';
import { configOf, rulesOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from './operator.js';
import { type OfShard, shardsIn } from './shards.js';
import { groundSettings } from '../topics/topic-plans.js';
import { idOf, inputTopics } from '../wiring.js';

/** What is needed of the outside. */
export interface Deployment {
  readonly config: Config;
  readonly pipeline: string;
  readonly rules: LoadedRules;
  readonly kafka: Kafka;
  readonly admin: Admin;
}

/** As the options name it; not connected yet. @throws DragomanError what config and rules are refused for */
export async function deploymentOf(options: OperatorOptions): Promise<Deployment> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const rules = await rulesOf(options, loaded);
  const kafka = kafkaClient(config.kafka, () => undefined);
  return { config, pipeline, rules, kafka, admin: kafka.admin() };
}

/** Connected while it is used. */
export async function connected<T>({ admin }: Deployment, use: () => Promise<T>): Promise<T> {
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    return await use();
  } finally {
    await admin.disconnect();
  }
}

export interface OwnedShard extends OfShard {
  /** Not fenced yet. */
  readonly sink: KafkaSink;
}

export interface Owned {
  readonly shards: readonly OwnedShard[];
  readonly ground: KafkaGround;
  readonly topics: InternalTopics;
  /** Of its input. */
  readonly partitions: readonly string[];
}

export async function membersOf(admin: Admin, groupId: string): Promise<string[]> {
  const { groups } = await asking(`Group ${groupId} cannot be described`, () => admin.describeGroups([groupId]));
  return groups.flatMap(({ members }) => members.map(({ memberId, clientHost }) => `${memberId} (${clientHost})`));
}

/** Each would be fenced in the middle of its work, and take over again. */
export function refuseMembers(members: readonly string[]): void {
  if (members.length === 0) return;
  throw new DragomanError(
    'COMMAND_REFUSED',
    `The namespace has running members: ${members.join(', ')}. Stop all of them first, of whichever version, and see that nothing starts them ` +
      'again; a member that was killed counts until its session times out.',
    { details: { members } },
  );
}

/** @throws DragomanError TOPIC_MISSING, TOPIC_MISCONFIGURED */
export async function owning<T>(
  { config, pipeline, rules, kafka, admin }: Deployment,
  use: (owned: Owned) => Promise<T>,
): Promise<T> {
  const topics = internalTopics(config.namespace, pipeline);
  const { sources } = config.pipelines[pipeline] ?? { sources: [] };
  const existing = new Set(await asking('Topics cannot be listed', () => admin.listTopics()));
  const inputs = inputTopics(sources, rules, existing);
  const settings = groundSettings(config, pipeline, rules, inputs.map((topic) => partitionName(topic, 0))); // prettier-ignore
  const own = ownTopics(topics);
  refuseOn(await verifyTopics(admin, settings.plans.filter(({ topic }) => own.includes(topic)))); // prettier-ignore
  const described = await describeTopics(kafka, inputs);
  const partitions = [...described].flatMap(([topic, { partitions: all }]) =>
    all.map(({ partition }) => partitionName(topic, partition)),
  );
  const shards = shardsIn(config, pipeline).map((one) => {
    const id = idOf(config, { pipeline, shard: one.shard });
    const sink = new KafkaSink(kafka, admin, {
      ...{ groupId: id, transactionalId: id, shard: one.shard, own: topics },
      others: [],
      inputPartitions: partitions,
      transactionTimeoutMs: config.kafka.transactionTimeoutMs,
    });
    return { ...one, sink };
  });
  try {
    return await use({ shards, ground: new KafkaGround(kafka, admin, settings), topics, partitions });
  } finally {
    await Promise.all(shards.map(({ sink }) => sink.close()));
  }
}

/** Asks Kafka about brokers, topics, access, offsets and clocks. Joins no group, writes nothing. */
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { describeTopics } from '../../adapters/kafka/ground/described-topics.js';
import { asking } from '../../adapters/kafka/failure.js';
import { topicSettings } from '../../adapters/kafka/ground/ground.js';
import { groupAccess } from '../../adapters/kafka/ground/group-access.js';
import { brokerSettings } from '../../adapters/kafka/ground/suitability.js';
import type { TopicPlan } from '../../adapters/kafka/ground/topics.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { internalTopics } from '../../pipeline/state/records.js';
import { outputPlans, sourcePlans } from '../topics/topic-plans.js';
import { bad, type Line, ok, summarized, unknown } from './line.js';
import { pipelineLines } from './pipeline.js';
import { clock, judgeBrokers } from './servers.js';
import { judgeTopic, type TopicFacts } from './topics.js';

export interface KafkaLook {
  readonly lines: readonly Line[];
  /** Null: not reached. */
  readonly cluster: string | null;
  /** Next offsets of the state topic, by pipeline; without those whose topic is not there. */
  readonly stateEnds: ReadonlyMap<string, readonly number[]>;
}

export async function kafkaLook(config: Config, rules: LoadedRules): Promise<KafkaLook> {
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    return await look(kafka, admin, config, rules);
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    const todo = 'see that the brokers run, and that addresses, TLS and login are right';
    const lines = [bad('fail', 'KAFKA_REACHED', config.kafka.brokers.join(','), error.message, todo)];
    return { lines, cluster: null, stateEnds: new Map() };
  } finally {
    await admin.disconnect();
  }
}

async function look(kafka: Kafka, admin: Admin, config: Config, rules: LoadedRules): Promise<KafkaLook> {
  const { clusterId, brokers } = await asking('The cluster cannot be described', () => admin.describeCluster());
  // What exact mode alone needs is no fault of the others.
  const exact = new Set(
    Object.values(config.pipelines).flatMap(({ sources }) =>
      sources.filter(({ mode }) => mode === 'exact').map(({ transactionTopic }) => transactionTopic),
    ),
  );
  const existing = await asking('Topics cannot be listed', () => admin.listTopics());
  const inputs = sourcePlans(config, rules, existing).filter(
    ({ kind, topic }) => kind !== 'transactions' || exact.has(topic),
  );
  const plans = [...outputPlans(config, rules), ...inputs];
  const facts = await topicFacts(kafka, admin, plans);
  const lines = [
    ok('KAFKA_REACHED', config.kafka.brokers.join(','), `cluster ${clusterId}`),
    ...judgeBrokers(await brokerSettings(admin), brokers.length, config.kafka),
    ...summarized(
      plans.flatMap((plan) => judgeTopic(plan, facts.get(plan.topic), brokers.length)),
      'topics',
    ),
    await groupLine(kafka, config.namespace),
    unknown(
      'ACCESS_TRANSACTIONAL_ID',
      `${config.namespace}.*`,
      'asking would fence a running pipeline',
      `see that Write and Describe are allowed on the transactional ids ${config.namespace}.<pipeline>`,
    ),
    ...(await clockLines(admin, plans, facts)),
  ];
  const stateEnds = new Map<string, readonly number[]>();
  for (const pipeline of Object.keys(config.pipelines)) {
    const { state } = internalTopics(config.namespace, pipeline);
    if (!facts.has(state)) continue;
    const ends = await asking('The state topic cannot be looked at', () => admin.fetchTopicOffsets(state));
    const inOrder = ends.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
    stateEnds.set(pipeline, inOrder);
    lines.push(
      ...(await pipelineLines({ kafka, admin, config, rules, pipeline, clusterId, existing: new Set(facts.keys()) })),
    );
  }
  return { lines, cluster: clusterId, stateEnds };
}

async function topicFacts(kafka: Kafka, admin: Admin, plans: readonly TopicPlan[]): Promise<Map<string, TopicFacts>> {
  const names = [...new Set(plans.map(({ topic }) => topic))];
  const described = await describeTopics(kafka, names);
  const settings = await topicSettings(admin, [...described.keys()]);
  return new Map(
    [...described].map(([topic, one]) => [topic, { described: one, settings: settings.get(topic) ?? null }]),
  );
}

async function groupLine(kafka: Kafka, group: string): Promise<Line> {
  const allowed = await groupAccess(kafka, group);
  if (allowed === null) return unknown('ACCESS_GROUP', group, 'the brokers do not say what is allowed');
  return allowed.has('Read')
    ? ok('ACCESS_GROUP', group, 'Read')
    : bad('fail', 'ACCESS_GROUP', group, 'not allowed: Read', `add an ACL for Read on groups with the prefix ${group}`);
}

const FUTURE_MS = 5_000;

/** Records with a time that is still to come: the clock of the connector, or of the brokers, is ahead. */
async function clockLines(
  admin: Admin,
  plans: readonly TopicPlan[],
  facts: ReadonlyMap<string, TopicFacts>,
): Promise<Line[]> {
  const topics = plans.filter(({ topic, kind }) => facts.has(topic) && kind !== 'internal').map(({ topic }) => topic);
  const lines: Line[] = [];
  for (const topic of topics) {
    const ends = await asking('Ends cannot be read', () => admin.fetchTopicOffsets(topic));
    const later = await asking('Offsets by time cannot be read', () =>
      admin.fetchTopicOffsetsByTimestamp(topic, Date.now() + FUTURE_MS),
    );
    const isAhead = later.some(({ partition, offset }) => {
      const end = ends.find((one) => one.partition === partition);
      return end !== undefined && Number(offset) >= 0 && Number(offset) < Number(end.high);
    });
    lines.push(
      isAhead ? clock('CLOCK_KAFKA', topic, FUTURE_MS + 1) : ok('CLOCK_KAFKA', topic, 'no record from the future'),
    );
  }
  return summarized(lines, 'topics');
}

/** Which topics a config with its rules needs. */
import {
  CONTRACT_SETTINGS,
  journalSettings,
  KEPT_SETTINGS,
  OWNERSHIP_SETTINGS,
  PROGRESS_SETTINGS,
  STATE_SETTINGS,
  type TopicPlan,
} from '../../adapters/kafka/ground/topics.js';
import type { GroundSettings } from '../../adapters/kafka/ground/ground.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { CONNECTORS } from '../../decode/connectors/connectors.js';
import { existingTopics, markTopicOf } from '../../decode/topic-names.js';
import { ownTopics, type OwnTopics } from '../../domain/own-topics.js';
import { internalTopics, shadowTopics, trialTopics } from '../../pipeline/state/records.js';
import { topicName } from '../../pipeline/topic-name.js';
import { audienceTopics } from '../wiring.js';

/** Topics that Dragoman writes. */
export function outputPlans(config: Config, { rules }: LoadedRules): TopicPlan[] {
  const { journal, topics } = config;
  const shards = new Map(Object.entries(config.pipelines).map(([pipeline, { shards: count }]) => [pipeline, count]));
  const pipelines = [...shards.keys()].map((pipeline) => ({ pipeline, ...internalTopics(config.namespace, pipeline) }));
  const { replicationFactor } = topics;
  const internal = { kind: 'internal', replicationFactor, settings: KEPT_SETTINGS } as const;
  const [shared] = pipelines;
  return [
    ...pipelines.flatMap(({ pipeline, ...names }) => ownPlans(journal, names, [pipeline, shards.get(pipeline) ?? 1])),
    ...(shared === undefined
      ? []
      : [
          { ...internal, topic: shared.deadLetters, partitions: 1 },
          { ...internal, topic: shared.commands, partitions: 1 },
          ...(rules.routed.size === 0 ? [] : [ownershipPlan(shared.ownership, replicationFactor)]),
        ]),
    ...[...rules.topics, ...shadowTopics(rules)].map((topic) => ({
      topic,
      kind: 'contract' as const,
      partitions: topics.partitions,
      replicationFactor,
      settings: CONTRACT_SETTINGS,
      shards,
    })),
    ...audienceTopics(config, { rules }).map((topic) => ({
      ...{ topic, kind: 'contract' as const, partitions: topics.partitions, replicationFactor },
      settings: CONTRACT_SETTINGS,
    })),
    ...trialTopics(rules).map((topic) => ({
      topic,
      kind: 'trial' as const,
      partitions: topics.partitions,
      replicationFactor,
      settings: CONTRACT_SETTINGS,
      shards,
    })),
  ];
}

const ownershipPlan = (topic: string, replicationFactor: number): TopicPlan => ({
  ...{ topic, kind: 'ownership', partitions: 1, replicationFactor, settings: OWNERSHIP_SETTINGS },
});

function ownPlans(
  { partitions, replicationFactor, retentionMs }: Config['journal'],
  names: OwnTopics,
  [pipeline, count]: readonly [pipeline: string, shards: number],
): TopicPlan[] {
  const shards = new Map([[pipeline, count]]);
  const settings = journalSettings(retentionMs);
  return [
    { topic: names.state, kind: 'state', partitions, replicationFactor, settings: STATE_SETTINGS, shards },
    { topic: names.journal, kind: 'journal', partitions, replicationFactor, settings, shards },
    { topic: names.progress, kind: 'progress', partitions: count, replicationFactor, settings: PROGRESS_SETTINGS },
  ];
}

/** What one pipeline stands on: its inputs, what it keeps for itself and the contract topics. */
export function groundSettings(
  config: Config,
  pipeline: string,
  rules: LoadedRules,
  inputs: readonly string[],
): GroundSettings {
  const names = internalTopics(config.namespace, pipeline);
  const routes = rules.rules.routed.size === 0 ? [] : [names.ownership];
  const topics = new Set([...inputs.map(topicName), ...ownTopics(names), ...rules.rules.topics, ...routes]);
  const plans = [...outputPlans(config, rules), ...sourcePlans(config, rules, topics)];
  return { topics: [...topics], plans: plans.filter(({ topic }) => topics.has(topic)) };
}

/**
 * Topics that Dragoman reads; made by the connector.
 * @param existing topics that there are: of a table of several physical ones they tell which to read.
 */
export function sourcePlans(config: Config, { rules }: LoadedRules, existing: Iterable<string> = []): TopicPlan[] {
  const there = [...existing];
  const { replicationFactor, partitions } = config.topics;
  const settings = { 'cleanup.policy': 'delete' };
  return Object.values(config.pipelines).flatMap(({ sources }) =>
    sources.flatMap(({ connector, topicPrefix, topics, transactionTopic }) => [
      { topic: transactionTopic, kind: 'transactions' as const, partitions: 1, replicationFactor, settings },
      ...[...rules.tables.values()]
        .flatMap((table) => existingTopics({ connector: CONNECTORS[connector], topicPrefix, topics }, table, there))
        .map((topic) => ({ topic, kind: 'table' as const, partitions, replicationFactor, settings })),
    ]),
  );
}

/** Topics of logical messages, which the connector makes with the first one. They are read where they are, and may be missing. */
export function markPlans(config: Config): TopicPlan[] {
  const { replicationFactor } = config.topics;
  return Object.values(config.pipelines).flatMap(({ sources }) =>
    sources
      .filter(({ connector }) => connector === 'postgresql')
      .map((source) => ({
        topic: markTopicOf(source),
        kind: 'table' as const,
        partitions: 1,
        replicationFactor,
        settings: { 'cleanup.policy': 'delete' },
      })),
  );
}

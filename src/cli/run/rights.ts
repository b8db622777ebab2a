/** What `dragoman run` must be allowed to do in Kafka: the list of docs/security.md. */
import type { Need } from '../../adapters/kafka/ground/rights.js';
import type { TopicPlan } from '../../adapters/kafka/ground/topics.js';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { markTopicOf } from '../../decode/topic-names.js';
import { outputPlans, sourcePlans } from '../topics/topic-plans.js';
import { toldTopics } from '../../pipeline/told/told-inputs.js';
import { idOf, tasksOf } from '../wiring.js';

/** @param existing topics that there are. */
export function needsOf(config: Config, rules: LoadedRules, existing: Iterable<string> = []): Need[] {
  const { namespace } = config;
  const sources = Object.values(config.pipelines).flatMap((pipeline) => pipeline.sources);
  const isShared = Object.values(config.pipelines).some(({ shards }) => shards > 1);
  const read = new Set([`${namespace}.commands`, ...toldTopics(rules.rules)]);
  const tasks = tasksOf(config).map((task) => idOf(config, task));
  return [
    ...[...sourcePlans(config, rules, existing), ...outputPlans(config, rules)].map((plan) =>
      needOf(plan, isShared, read),
    ),
    ...sources.map(({ topicPrefix, topics }): Need => ({
      resource: 'topic',
      name: markTopicOf({ topicPrefix, topics }),
      operations: ['Read'],
    })),
    ...tasks.map((name): Need => ({ resource: 'transactional id', name, operations: ['Write'] })),
    ...[namespace, ...tasks].map((name): Need => ({ resource: 'group', name, operations: ['Read'] })),
  ];
}

const OWN: readonly TopicPlan['kind'][] = ['state', 'journal', 'progress'];

/**
 * @param isShared the first of several shards makes commands of what time decides.
 * @param read of those that are written, or have their records from others.
 */
function needOf({ topic, kind }: TopicPlan, isShared: boolean, read: ReadonlySet<string>): Need {
  const reads = ['transactions', 'table', ...OWN].includes(kind) || read.has(topic);
  const writes =
    ['contract', 'ownership', 'internal', ...OWN].includes(kind) &&
    (isShared || kind !== 'internal' || !read.has(topic));
  return {
    resource: 'topic',
    name: topic,
    operations: [...(reads ? (['Read'] as const) : []), ...(writes ? (['Write'] as const) : []), 'DescribeConfigs'],
  };
}

/** Config and rules -> the settings of tasks: by hand, in one place. */
import { ruleWatch } from '../adapters/files/rule-watch.js';
import { cacheBytesMax } from './cache-share.js';
import type { Config, SourceConfig } from '../config/schema.js';
import { DragomanError } from '../errors.js';
import { CONNECTORS } from '../decode/connectors/connectors.js';
import { existingTopics, markTopicOf } from '../decode/topic-names.js';
import { recordBytesAsCreated } from '../domain/record-size.js';
import { NO_REGISTRATIONS, type Registrations } from '../domain/registry/registration.js';
import { type PipelineShard, type Shard, shardsOf, taskName, WHOLE } from '../domain/shard.js';
import { ownTopics } from '../domain/own-topics.js';
import { pipelineProducer } from '../domain/ownership/headers.js';
import { internalTopics, shadowTopics, trialTopics } from '../pipeline/state/records.js';
import type { SourceSettings } from '../pipeline/read/source-inputs.js';
import type { TaskSettings } from '../pipeline/task.js';
import { PART_LIMITS } from '../domain/state/queue.js';
import { RULE_MS_MAX, RuleTooSlow } from '../translate/ask.js';
import { keptRules, type LoadedRules } from '../adapters/files/rules-loader.js';

/** Of all pipelines. */
export const tasksOf = ({ pipelines }: Pick<Config, 'pipelines'>): PipelineShard[] =>
  Object.entries(pipelines).flatMap(([pipeline, { shards }]) => shardsOf(shards).map((shard) => ({ pipeline, shard })));

/** One task is deciding at a time. */
const watch = ruleWatch(RULE_MS_MAX, (forMs) => new RuleTooSlow(forMs));

/** What Kafka knows a task by: its `transactional.id`, and the group under which its offsets are told to tools. */
export const idOf = ({ namespace }: Pick<Config, 'namespace'>, { pipeline, shard }: PipelineShard): string =>
  `${namespace}.${taskName(pipeline, shard)}`;

export function taskSettings(
  config: Config,
  pipeline: string,
  { rules, digest, bundle }: LoadedRules,
  shard: Shard = WHOLE,
  registrations: Registrations = NO_REGISTRATIONS,
): TaskSettings {
  const { limits, commit, sourceSystem, event, telemetry } = config;
  const isTraced = telemetry.endpoint !== null;
  const sources = config.pipelines[pipeline]?.sources ?? [];
  const topics = internalTopics(config.namespace, pipeline);
  return {
    pipeline,
    rules,
    registrations,
    bundle: bundle ?? null,
    qualifier: config.pipelines[pipeline]?.qualifier ?? null,
    topics,
    producer: pipelineProducer(config.namespace, pipeline),
    ...(config.audiences.length === 0 ? {} : { audiences: new Set(audienceTopics(config, { rules })) }),
    shard,
    epochs: new Map(sources.map(({ name, epoch }) => [name, epoch])),
    unplacedReported: new Set(sources.filter(({ unplaced }) => unplaced === 'report').map(({ name }) => name)),
    translate: {
      sourceSystem,
      eventSource: event.source,
      eventTypePrefix: event.typePrefix,
      digest,
      parts: PART_LIMITS,
      ...(isTraced ? { tracing: { sampledShare: telemetry.sampledShare } } : {}),
      recordBytesMax: recordBytesAsCreated(ownTopics(topics)),
    },
    limits: {
      transactionsMax: limits.batchTransactionsMax,
      rowsMax: limits.batchRowsMax,
      changeSetsMax: limits.batchChangeSetsMax,
    },
    lingerMs: commit.lingerMs,
    handoverWaitMs: limits.handoverWaitMs,
    sources,
    ...(isTraced ? { readsTraces: true as const } : {}),
    transactionRowsMax: limits.transactionRowsMax,
    heldRowsMax: limits.heldRowsMax,
    watch,
    compile: keptRules,
    cacheBytesMax: cacheBytesMax(config, process.constrainedMemory()),
  };
}

/** Declared in the config. @throws DragomanError CONFIG_INVALID when a contract has one of them */
export function audienceTopics(
  { audiences }: Pick<Config, 'audiences'>,
  { rules }: Pick<LoadedRules, 'rules'>,
): readonly string[] {
  const taken = new Set([...rules.topics, ...shadowTopics(rules), ...trialTopics(rules)]);
  const both = audiences.find((topic) => taken.has(topic));
  if (both === undefined) return audiences;
  throw new DragomanError(
    'CONFIG_INVALID',
    `audiences: ${both} is a topic of a contract, which all of its consumers read. Name a topic that one of them reads beside it.`,
  );
}

/** By source, where its connector writes heartbeats. */
export const heartbeatTopics = (
  sources: readonly Pick<SourceConfig, 'name' | 'heartbeatTopic'>[],
): ReadonlyMap<string, string> =>
  new Map(sources.flatMap(({ name, heartbeatTopic: topic }) => (topic === null ? [] : [[name, topic] as const])));

/** Topics that a pipeline reads: those of its sources and, where it exists, the one of logical messages. */
export const inputTopics = (
  sources: readonly SourceSettings[],
  { rules }: LoadedRules,
  existing: ReadonlySet<string>,
): string[] =>
  sources.flatMap(({ connector, mode, topicPrefix, topics, transactionTopic }) => {
    const naming = { connector: CONNECTORS[connector], topicPrefix, topics };
    return [
      ...(mode === 'exact' ? [transactionTopic] : []),
      ...[...rules.tables.values()].flatMap((table) => existingTopics(naming, table, existing)),
      ...[markTopicOf(naming)].filter((topic) => existing.has(topic)),
    ];
  });

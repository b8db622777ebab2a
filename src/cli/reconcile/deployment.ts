/** What checks stand on: a pipeline as it is deployed, over connections of their own, so that what runs it is not slowed by theirs. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { CommandWriter } from '../../adapters/kafka/commands.js';
import { asking } from '../../adapters/kafka/failure.js';
import { redisClient } from '../../adapters/redis/client.js';
import type { Config } from '../../config/schema.js';
import { internalTopics } from '../../pipeline/state/records.js';
import type { RunPorts, RunTold } from '../../reconcile/ports.js';
import { commandOf } from '../operator/operator.js';
import { committedProgress, type ShardProgress } from '../operator/reading/committed-progress.js';
import { registerOver } from '../operator/reading/register.js';
import { type ShardStore, storesOf } from '../operator/reading/stored-states.js';

export interface DeployedPipeline {
  readonly config: Config;
  readonly pipeline: string;
  readonly rules: LoadedRules;
  /** From which relative paths of the config start. */
  readonly folder: string;
}

export interface Deployment extends DeployedPipeline {
  readonly kafka: Kafka;
  readonly admin: Admin;
  /** Read only. */
  readonly shards: readonly ShardStore[];
  /** What each shard committed last. */
  readonly progress: () => Promise<readonly ShardProgress[]>;
  readonly commands: CommandWriter;
  readonly close: () => Promise<void>;
}

/** @throws DragomanError KAFKA_UNAVAILABLE */
export async function openDeployment(of: DeployedPipeline): Promise<Deployment> {
  const { config, pipeline } = of;
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  const commands = new CommandWriter(kafka);
  const redis = redisClient(config.redis);
  const close = async (): Promise<void> => {
    redis.disconnect();
    await Promise.allSettled([admin.disconnect(), commands.close()]);
  };
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...of,
    ...{ kafka, admin, commands, close, shards: storesOf(redis, config, pipeline) },
    progress: () => committedProgress(kafka, admin, config, pipeline),
  };
}

/** Who runs a check, and why. */
export interface RunBy {
  readonly by?: string;
  readonly reason: string;
}

export function runPorts(
  { config, pipeline, shards, commands }: Deployment,
  who: RunBy,
  observe: (told: RunTold) => void,
): RunPorts {
  const { commands: topic } = internalTopics(config.namespace, pipeline);
  return {
    register: registerOver(shards),
    send: (report) => {
      const command = commandOf('check.report', { ...report }, pipeline, { ...who, wait: 0 });
      return commands.append({ topic, key: pipeline, value: JSON.stringify(command) });
    },
    nowMs: Date.now,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined), // aborted: it is over
    newId: randomUUID,
    observe,
  };
}

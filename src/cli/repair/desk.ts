/** What repairs need of the outside: the journal, states, how far the pipeline is, and the commands log. Joins no group. */
import type { Admin, Kafka } from 'kafkajs';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { CommandWriter } from '../../adapters/kafka/commands.js';
import { asking } from '../../adapters/kafka/failure.js';
import { writtenBetween } from '../../adapters/kafka/look/written-between.js';
import { ownRecord } from '../../adapters/kafka/read/topic-reader.js';
import { splitName } from '../../adapters/kafka/names.js';
import type { Config } from '../../config/schema.js';
import type { Command } from '../../domain/command.js';
import type { Discrepancy } from '../../domain/reconciliation/discrepancy.js';
import { aggregateRef, type AggregateState } from '../../domain/state/aggregate-state.js';
import type { OwnRecord } from '../../pipeline/ports.js';
import { internalTopics } from '../../pipeline/state/records.js';
import type { JournalReads } from '../../why/outside.js';
import { configOf, rulesOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { committedProgress } from '../operator/reading/committed-progress.js';
import { registerNow } from '../operator/reading/register.js';
import { type ShardStore, withStores } from '../operator/reading/stored-states.js';
import { ownerOf } from '../operator/shards.js';
import { statesIn } from '../why/outside/stored.js';
import { Servers } from '../why/outside/servers.js';

export interface RepairDesk {
  readonly config: Config;
  readonly pipeline: string;
  readonly rules: LoadedRules;
  /** In the order asked for; null: never heard of. */
  states(names: readonly string[]): Promise<(AggregateState | null)[]>;
  readonly journal: JournalReads;
  /** What checks found, of all shards. */
  discrepancies(): Promise<readonly Discrepancy[]>;
  /** Entries that were written between these times, each partition in its order, some at a time. */
  written(sinceMs: number, untilMs: number): AsyncIterable<readonly OwnRecord[]>;
  /** All commands before this offset are carried out, by all shards. */
  carriedTo(): Promise<number>;
  /** Next offset of the commands log. */
  commandsEnd(): Promise<number>;
  sending<T>(use: (send: (command: Command) => Promise<number>) => Promise<T>): Promise<T>;
}

/** @throws DragomanError KAFKA_UNAVAILABLE, REDIS_UNAVAILABLE, ACCESS_DENIED */
export async function withRepairDesk<T>(options: OperatorOptions, use: (desk: RepairDesk) => Promise<T>): Promise<T> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const rules = await rulesOf(options, loaded);
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  return withStores(config, pipeline, async (stores) => {
    const servers = new Servers({ config, pipeline, rules, stores, members: {} });
    try {
      await asking('Kafka cannot be reached', () => admin.connect());
      await servers.connect();
      const { journal } = servers.outside();
      return await use({
        ...{ config, pipeline, rules },
        ...deskOf({ config, pipeline, stores, kafka, admin }),
        journal: journal as JournalReads,
      });
    } finally {
      await Promise.all([servers.disconnect(), admin.disconnect()]);
    }
  });
}

interface DeskParts {
  readonly config: Config;
  readonly pipeline: string;
  readonly stores: readonly ShardStore[];
  readonly kafka: Kafka;
  readonly admin: Admin;
}

function deskOf({ config, pipeline, stores, kafka, admin }: DeskParts) {
  const { journal: topic, commands } = internalTopics(config.namespace, pipeline);
  return {
    states: (names: readonly string[]) => statesOfAll(names, stores),
    discrepancies: async () => (await registerNow(stores)).discrepancies,
    async *written(sinceMs: number, untilMs: number) {
      for await (const { partition, records } of writtenBetween(kafka, admin, {
        ...{ what: 'The journal', topic, sinceMs, untilMs },
      }))
        yield Array.from(records, (record) => ownRecord(splitName(partition).partition, record));
    },
    async carriedTo(): Promise<number> {
      const shards = await committedProgress(kafka, admin, config, pipeline);
      return Math.min(...shards.map(({ committed }) => committed?.progress.commands.next ?? 0));
    },
    async commandsEnd(): Promise<number> {
      const bounds = await asking('The end of the commands cannot be read', () => admin.fetchTopicOffsets(commands));
      return Number(bounds[0]?.high ?? 0);
    },
    async sending<T>(use: (send: (command: Command) => Promise<number>) => Promise<T>): Promise<T> {
      const writer = new CommandWriter(kafka);
      try {
        return await use((command) =>
          writer.append({ topic: commands, key: command.pipeline, value: JSON.stringify(command) }),
        );
      } finally {
        await writer.close();
      }
    },
  };
}

async function statesOfAll(
  names: readonly string[],
  stores: readonly ShardStore[],
): Promise<(AggregateState | null)[]> {
  const states = new Map<string, AggregateState | null>();
  for (const one of stores) {
    const own = names.filter((name) => ownerOf(stores, aggregateRef(name).id) === one);
    const found = own.length === 0 ? [] : await statesIn(one.store, own);
    for (const [i, name] of own.entries()) states.set(name, found[i] ?? null);
  }
  return names.map((name) => states.get(name) ?? null);
}

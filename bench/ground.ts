/** A stack and a folder for one run; both are gone when it ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStack, type ProviderName, type Stack } from '../test/stack/stack.js';
import { BenchError } from './bench-error.js';
import type { Backlog } from './backlog/backlog.js';
import type { Build } from './dragoman/build.js';
import { NAMESPACE, writeConfig } from './dragoman/config-file.js';
import { createOutputTopics } from './dragoman/topics.js';
import { contractTopics, createSourceTopics, withAdmin } from './kafka/cluster.js';

export interface Ground {
  readonly stack: Stack<'kafka' | 'redis'>;
  readonly broker: string;
  readonly directory: string;
  readonly config: string;
  readonly build: Build;
  /** Contract topics, empty. */
  readonly contracts: readonly string[];
}

export interface GroundOptions {
  readonly build: Build;
  readonly backlog: Backlog;
  readonly provider: ProviderName | 'auto';
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Of the pipeline: as many processes are started together, and the group waits for all of them. */
  readonly shards?: number;
}

/** A group that is new waits for its members: each has so long after the one before. */
const WAITING = { 'group.initial.rebalance.delay.ms': '6000' };

/** New broker and Redis, all topics there and empty. */
export async function withGround<T>(options: GroundOptions, use: (ground: Ground) => Promise<T>): Promise<T> {
  const { build, backlog, provider, overrides, shards } = options;
  const kafkaProperties = shards === undefined ? {} : WAITING;
  const stack = await openStack({ provider, services: ['kafka', 'redis'], kafkaProperties });
  const directory = await mkdtemp(join(tmpdir(), 'dragoman-bench-'));
  try {
    const [broker] = stack.endpoints.kafka.bootstrapServers;
    if (broker === undefined) throw new BenchError('BROKER_REFUSED', 'the stack has no broker');
    const { redis } = stack.endpoints;
    const config = await writeConfig({
      directory,
      backlog,
      rules: build.rules,
      broker,
      redis,
      overrides,
      shards,
    });
    const contracts = await withAdmin(broker, async (admin) => {
      await createSourceTopics(admin, backlog);
      await createOutputTopics(build, config);
      return contractTopics(admin, backlog.source, NAMESPACE);
    });
    return await use({ stack, broker, directory, config, build, contracts });
  } finally {
    await stack.down();
    await rm(directory, { recursive: true, force: true });
  }
}

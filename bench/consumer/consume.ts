/**
 * The consumer kit: a topic full of events, then a consumer that writes a row for each of them into a real PostgreSQL, deduplicated there.
 * Counted in its table: each event once, none missing. The time goes from the first row to the last.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { loadRules } from '../../src/adapters/files/rules-loader.js';
import type { PublishedContract } from '../../src/contracts/published.js';
import { publishedContracts } from '../../src/contracts/published-contracts.js';
import { partitionOf } from '../../src/domain/partition.js';
import { mockStream } from '../../src/mocks/index.js';
import { projectDirectory } from '../../test/stack/directories.js';
import { openStack, type ProviderName } from '../../test/stack/stack.js';
import { BenchError } from '../bench-error.js';
import { childOf } from '../child.js';
import { cpuAt, peakMemoryMb, type Usage, usageOf } from '../dragoman/usage.js';
import { kafkaOf, withAdmin } from '../kafka/cluster.js';
import { OthersWatch } from '../others.js';
import type { EffectKind, ReaderTask } from './reader-process.js';

const CONTRACT = 'OrderReleasedToWarehouse';
const SETTINGS = { sourceSystem: 'bench', eventSource: 'urn:bench', eventTypePrefix: 'com.example' };
const PARTITIONS = 6;
const PER_ORDER = 4;
const SEND_MAX = 5_000;
const POLL_MS = 200;
const STALLED_MS = 30_000;

export interface ConsumerResult {
  readonly effects: EffectKind;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Of the consumer's process; PostgreSQL and Kafka are others. */
  readonly cpuMicrosPerEvent: number;
  /** Of one processor, over the measured time. */
  readonly processorShare: number;
  readonly peakMemoryMb: number | null;
  readonly othersProcessors: number | null;
  /** Both have to be 0. */
  readonly missing: number;
  readonly twice: number;
}

export interface ConsumeOptions {
  readonly events: number;
  readonly effects: EffectKind;
  readonly provider: ProviderName | 'auto';
}

/** On a new broker and a new database. @throws BenchError CHILD_FAILED, BROKER_REFUSED */
export async function consume({ events, effects, provider }: ConsumeOptions): Promise<ConsumerResult> {
  const stack = await openStack({ provider, services: ['kafka', 'postgres'] });
  let child: ChildProcess | undefined;
  try {
    const [broker] = stack.endpoints.kafka.bootstrapServers;
    if (broker === undefined) throw new BenchError('BROKER_REFUSED', 'the stack has no broker');
    const contract = await contractToRead();
    await fill(broker, contract, events);
    const { host, port, user, password, database } = stack.endpoints.postgres;
    const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
    child = start({ broker, url, topic: contract.topic, contract, effects });
    return await measure(child, url, { events, effects });
  } finally {
    if (child !== undefined && child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await stack.down();
  }
}

async function contractToRead(): Promise<PublishedContract> {
  const { rules } = await loadRules(join(projectDirectory, 'rules'));
  const found = publishedContracts(rules, SETTINGS).find(({ contract: { name } }) => name === CONTRACT);
  if (found === undefined) throw new BenchError('BUILD_FAILED', `the rules have no contract ${CONTRACT}`);
  return found.contract;
}

async function fill(broker: string, contract: PublishedContract, count: number): Promise<void> {
  const { topic } = contract;
  await withAdmin(broker, (admin) =>
    admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }] }),
  );
  const producer = kafkaOf(broker).producer();
  await producer.connect();
  let batch: { key: string; value: string | null; headers: Record<string, string>; partition: number }[] = [];
  const send = async (): Promise<void> => {
    await producer.send({ topic, messages: batch });
    batch = [];
  };
  for (const { key, value, headers } of mockStream(contract, { count, orders: Math.ceil(count / PER_ORDER) })) {
    batch.push({ key, value, headers: { ...headers }, partition: partitionOf(key, PARTITIONS) });
    if (batch.length === SEND_MAX) await send();
  }
  if (batch.length > 0) await send();
  await producer.disconnect();
}

const start = (task: ReaderTask): ChildProcess => childOf(new URL('reader-process.ts', import.meta.url), task);

interface Counted {
  readonly rows: number;
  readonly events: number;
  readonly from: Date;
  readonly to: Date;
}

async function measure(
  child: ChildProcess,
  url: string,
  { events, effects }: Pick<ConsumeOptions, 'events' | 'effects'>,
): Promise<ConsumerResult> {
  const samples: Usage[] = [];
  const pid = child.pid ?? 0;
  const sampler = setInterval(() => {
    const usage = usageOf(pid);
    if (usage !== null) samples.push(usage);
  }, POLL_MS / 2);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const others = new OthersWatch(0);
    await untilDone(child, client, events);
    const othersProcessors = others.end();
    const text = `SELECT count(*)::integer AS rows, count(DISTINCT event_id)::integer AS events, min(done_at) AS from, max(done_at) AS to FROM effect`;
    const [found] = (await client.query<Counted>(text)).rows;
    if (found === undefined) throw new BenchError('CHILD_FAILED', 'the table of effects cannot be read');
    const [fromMs, toMs] = [found.from.getTime(), found.to.getTime()];
    const seconds = (toMs - fromMs) / 1_000;
    const cpuMs = cpuAt(samples, toMs) - cpuAt(samples, fromMs);
    return {
      ...{ effects, events, eventsPerSecond: found.rows / seconds },
      ...{ cpuMicrosPerEvent: (cpuMs * 1_000) / found.rows, processorShare: cpuMs / (seconds * 1_000) },
      ...{ peakMemoryMb: peakMemoryMb(pid), othersProcessors },
      ...{ missing: events - found.events, twice: found.rows - found.events },
    };
  } finally {
    clearInterval(sampler);
    await client.end();
  }
}

/** The count of all rows is an estimate of PostgreSQL until it should be reached: counting them would cost what is measured. */
async function untilDone(child: ChildProcess, client: pg.Client, events: number): Promise<void> {
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  let known = -1;
  for (let movedMs = Date.now(); Date.now() - movedMs < STALLED_MS; await delay(POLL_MS)) {
    if (ended()) throw new BenchError('CHILD_FAILED', 'the consumer ended');
    const text = `SELECT coalesce(sum(n_tup_ins), 0)::integer AS n FROM pg_stat_user_tables WHERE relname = 'effect'`;
    const count = (await client.query<{ n: number }>(text)).rows[0]?.n ?? 0;
    if (count >= events) return;
    if (count !== known) [known, movedMs] = [count, Date.now()];
  }
}

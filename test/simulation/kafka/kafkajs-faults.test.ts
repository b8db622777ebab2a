/**
 * Faults of kafkajs 2.2.4 itself inside one `sendBatch` that goes to several brokers, when its own retries are allowed (rule R1): the fake
 * cluster has to show them, or the simulation would prove nothing. kafkajs issue #1303.
 */
import { type Kafka, Partitioners, type RecordMetadata } from 'kafkajs';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { choices } from '../../support/choices.js';
import type { Link } from './broker.js';
import { simulatedKafka } from './client.js';
import { Cluster, NO_FAULTS } from './cluster.js';

const { config } = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });
const surroundings = {
  nowMs: 0,
  random: choices(1),
  after: (delayMs: number, run: () => void) => setTimeout(run, delayMs).unref(),
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let cluster: Cluster;
/** What happens to a produce request on its way to a broker. */
let onProduce: (host: string) => Promise<void>;
/** By broker, the produce requests that it has answered. */
let answered: Map<string, number>;
let kafka: Kafka;

beforeEach(() => {
  cluster = new Cluster(surroundings, NO_FAULTS);
  cluster.createTopic('out', 2);
  onProduce = () => Promise.resolve();
  answered = new Map();
  const link: Link = {
    call: async (name, effect, { connection }) => {
      if (name !== 'kafka.produce') return effect();
      const host = connection?.split(' ')[1] ?? '';
      await onProduce(host);
      try {
        return await effect();
      } finally {
        answered.set(host, (answered.get(host) ?? 0) + 1);
      }
    },
  };
  kafka = simulatedKafka(cluster, link, { name: 'test', config: config.kafka });
});

async function commitOne(retries: number): Promise<RecordMetadata[]> {
  const producer = kafka.producer({
    transactionalId: 'id',
    maxInFlightRequests: 1,
    retry: { retries, initialRetryTime: 5 },
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  const messages = [0, 1].map((partition) => ({ partition, value: `for ${partition}` }));
  const results = await transaction.sendBatch({ topicMessages: [{ topic: 'out', messages }] });
  await transaction.commit();
  await pause(10);
  return results;
}

const committed = (): (string | null)[][] =>
  cluster.partitionsOf('out').map((name) => cluster.committed(name).map(({ value }) => value));

/** However slow the machine is: what is tested is an order, not a time. */
async function answersOf(host: string | undefined, count: number): Promise<void> {
  while ((answered.get(host ?? '') ?? 0) < count) await pause(1);
}

/** The leaders of the two partitions. */
const hosts = (): string[] => cluster.partitionsOf('out').map((name) => `broker-${cluster.leaderOf(name)}`);

describe('a leader that moves to a broker which has answered', () => {
  beforeEach(() => {
    const [first, second] = hosts();
    let isFirst = true;
    onProduce = async (host) => {
      if (host !== first || !isFirst) return;
      isFirst = false;
      await answersOf(second, 1);
      cluster.moveLeader('out/0');
    };
  });

  it('loses a record of a committed transaction when kafkajs may retry, and its result does not name the partition', async () => {
    const results = await commitOne(5);
    expect(committed()).toEqual([[], ['for 1']]);
    expect(results.map(({ partition }) => partition)).toEqual([1]);
  });

  it('is an error when it may not', async () => {
    await expect(commitOne(0)).rejects.toThrow();
    expect(committed()).toEqual([[], []]);
  });
});

describe('a broker that refuses while another has not answered', () => {
  /** Answers of the first broker for which the second one's waits: with two, kafkajs has tried all of it again by then. */
  let answersBefore: number;

  beforeEach(() => {
    const [first, second] = hosts();
    const seen = new Set<string>();
    answersBefore = 1;
    onProduce = async (host) => {
      const isFirst = !seen.has(host);
      seen.add(host);
      if (host === second && isFirst) await answersOf(first, answersBefore);
      if (host === first) cluster.faults = { ...NO_FAULTS, refusals: isFirst ? 1 : 0 };
    };
  });

  it('writes a record twice into a committed transaction when kafkajs may retry', async () => {
    answersBefore = 2;
    await commitOne(5);
    expect(committed()).toEqual([['for 0'], ['for 1', 'for 1']]);
  });

  it('is an error when it may not', async () => {
    await expect(commitOne(0)).rejects.toThrow();
    expect(committed()).toEqual([[], []]);
  });
});

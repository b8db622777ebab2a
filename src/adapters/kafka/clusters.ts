/**
 * What kafkajs 2.2.4 (frozen since 2023) has no option for, laid over the one place where its clients are made: the ends of logs instead
 * of what is committed of them, coordinators that are not looked up for every request, requests whose bytes are ours, timers that are not
 * set into the past (decision 0002), and a member of a group that neither reads nor commits (decision 0005).
 */
import type { Admin, Kafka } from 'kafkajs';
import { DragomanError } from '../../errors.js';
import { isConcurrentTransaction, typeOf } from './failure.js';

const CREATE_CLUSTER = 'private:Kafka:createCluster';
/** As the protocol has it (ListOffsets, Fetch). */
const READ_UNCOMMITTED = 0;

interface CoordinatorRequest {
  readonly groupId: string;
  readonly coordinatorType?: number;
}

export interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>>;
  readonly connectionPool: {
    send<T>(request: {
      readonly request: object;
      readonly response: {
        readonly decode: (answer: Buffer) => Promise<T>;
        readonly parse: (read: T) => T;
      };
    }): Promise<T>;
  };
  fetch(request: { readonly maxWaitTime: number }): Promise<{ readonly responses: readonly object[] }>;
  offsetCommit(request: object): Promise<unknown>;
  produce(request: ProduceRequest): Promise<ProduceAnswer>;
  addPartitionsToTxn(request: object): Promise<unknown>;
  addOffsetsToTxn(request: object): Promise<unknown>;
}

/** As kafkajs makes it of one send, for one broker. */
export interface ProduceRequest {
  /** Absent: outside of Kafka transactions. */
  readonly transactionalId?: string;
  readonly producerId: string | number;
  readonly producerEpoch: number;
  readonly acks: number;
  readonly timeout?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly { readonly value: unknown }[];
    }[];
  }[];
}

/** As kafkajs reads it. */
export interface ProduceAnswer {
  readonly topics: readonly { readonly topicName: string; readonly partitions: readonly object[] }[];
  readonly clientSideThrottleTime: number;
}

export type Produce = (broker: Broker, request: ProduceRequest) => Promise<ProduceAnswer>;

interface TopicEnds {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

/** What is used of a client's view of the cluster. */
export interface Cluster {
  findGroupCoordinatorMetadata(request: CoordinatorRequest): Promise<unknown>;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  /** As of the last metadata; a leader of -1: none now. */
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
  findBroker(broker: { readonly nodeId: number | string }): Promise<Broker>;
  /** Its connection is broken. */
  removeBroker(place: { readonly host: string; readonly port: number }): void;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      readonly fromBeginning?: boolean;
      /** ms since 1970, in the place of a beginning or an end: -1 in the answer where there is nothing at or after it. */
      readonly fromTimestamp?: number;
    }[],
  ): Promise<TopicEnds[]>;
  findControllerBroker(): Promise<Broker>;
  findGroupCoordinator(request: { readonly groupId: string }): Promise<Broker>;
}

type CreateCluster = (options: object) => Cluster;

/** Where kafkajs makes its connections. */
interface Connecting extends Cluster {
  readonly connectionPoolBuilder: { build(place?: object): Promise<{ readonly pool: readonly Connection[] }> };
}

interface Connection {
  readonly requestQueue: { readonly pending: readonly unknown[]; scheduleCheckPendingRequests(): void };
}

/** A request as the protocol has it, after the client's id in its header. */
export interface RawRequest {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly bytes: Buffer;
  /** Asked of the coordinator of this group instead of any broker. */
  readonly groupId?: string;
}

/** Asks a broker over a connection of its own. @returns the answer after its correlation id; null: the brokers do not know this version. */
export async function askBroker(kafka: Kafka, { bytes, groupId, ...head }: RawRequest): Promise<Buffer | null> {
  const { create } = seamOf(kafka);
  const cluster = create({ allowAutoTopicCreation: false });
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    const broker =
      groupId === undefined ? await cluster.findControllerBroker() : await cluster.findGroupCoordinator({ groupId });
    if ((broker.versions[head.apiKey]?.maxVersion ?? -1) < head.apiVersion) return null;
    return await sendTo(broker, { ...head, bytes }, (answer) => answer);
  } finally {
    await cluster.disconnect();
  }
}

/** A view of the cluster for requests of our own; the caller connects it, and disconnects it. */
export const openCluster = (kafka: Kafka): Cluster => seamOf(kafka).create({ allowAutoTopicCreation: false });

/** @param read gets the answer after its correlation id. */
export function sendTo<T>(
  broker: Broker,
  { bytes, ...head }: Omit<RawRequest, 'groupId'>,
  read: (answer: Buffer) => T,
): Promise<T> {
  const encoded = { buf: bytes, buffer: bytes, size: () => bytes.length };
  return broker.connectionPool.send({
    request: { ...head, encode: () => Promise.resolve(encoded) },
    response: { decode: (answer) => Promise.resolve(answer).then(read), parse: (answer) => answer },
  });
}

/** What a broker answers that does not lead a partition any more, or not yet. */
const LEADER_MOVED = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);
const ENDS_ATTEMPTS_MAX = 5;
const ENDS_PAUSE_MS = 50;

/**
 * A `Kafka` whose clients ask for the ends of partitions until they have all of them, with new metadata each time. kafkajs fails for as long
 * as its metadata names a former leader (five minutes); what its last metadata lacked it leaves out without an error, and trips over that.
 */
export const withWholeEnds = (kafka: Kafka): Kafka =>
  withClusters(kafka, (create) => (options) => {
    const cluster = create(options);
    const ask = cluster.fetchTopicsOffset.bind(cluster);
    cluster.fetchTopicsOffset = async (topics) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await wholeEnds(cluster, topics, ask);
        } catch (error) {
          const isPassing =
            error instanceof DragomanError ? error.code === 'KAFKA_UNAVAILABLE' : LEADER_MOVED.has(typeOf(error) ?? '');
          if (attempt >= ENDS_ATTEMPTS_MAX || !isPassing) throw error;
          await new Promise((resolve) => setTimeout(resolve, ENDS_PAUSE_MS * attempt));
          await cluster.refreshMetadata();
        }
      }
    };
    return cluster;
  });

/** Of a topic without partitions, those that it has by now. @throws DragomanError KAFKA_UNAVAILABLE naming topics of which some are missing */
async function wholeEnds(
  cluster: Pick<Cluster, 'findTopicPartitionMetadata'>,
  topics: Parameters<Cluster['fetchTopicsOffset']>[0],
  ask: Cluster['fetchTopicsOffset'],
): Promise<TopicEnds[]> {
  const wanted = topics.map((one) =>
    one.partitions.length > 0 ? one : { ...one, partitions: partitionsNow(cluster, one.topic) },
  );
  const answers = await ask(wanted);
  const missing = wanted.filter(({ topic, partitions }) => {
    const named = answers.find((answer) => answer.topic === topic)?.partitions.map(({ partition }) => partition) ?? [];
    return partitions.length === 0 || partitions.some(({ partition }) => !named.includes(partition));
  });
  if (missing.length === 0) return answers;
  const names = missing.map(({ topic }) => topic).join(', ');
  throw new DragomanError('KAFKA_UNAVAILABLE', `Kafka's answer does not name all partitions of ${names}.`);
}

const partitionsNow = (cluster: Pick<Cluster, 'findTopicPartitionMetadata'>, topic: string) =>
  cluster.findTopicPartitionMetadata(topic).map(({ partitionId: partition }) => ({ partition }));

/**
 * A `Kafka` whose connections look at their waiting requests when there are any: kafkajs does it a thousand times a second for as long as
 * a connection lives, with a timer that should go off before it is set, of which Node 24 warns in plain text.
 */
export const withCalmQueues = (kafka: Kafka): Kafka =>
  withClusters(kafka, (create) => (options) => {
    const cluster = create(options) as Connecting;
    const builder = cluster.connectionPoolBuilder;
    const build = builder.build.bind(builder);
    builder.build = async (place) => {
      const connections = await build(place);
      for (const { requestQueue: queue } of connections.pool) {
        const schedule = queue.scheduleCheckPendingRequests.bind(queue);
        queue.scheduleCheckPendingRequests = () => {
          if (queue.pending.length > 0) schedule();
        };
      }
      return connections;
    };
    return cluster;
  });

/**
 * A `Kafka` whose consumers are members of their group and nothing else. Left to itself kafkajs joins its group anew when a leader moves,
 * forgets where it was, and answers records that expired with a commit of its own; here it never asks for a record, so none of it happens.
 */
export const withMembershipOnly = (kafka: Kafka): Kafka =>
  withClusters(kafka, (create) => (options) => {
    const cluster = create(options);
    const find = cluster.findBroker.bind(cluster);
    cluster.findBroker = async (wanted) => {
      const broker = await find(wanted);
      broker.fetch = async ({ maxWaitTime }) => {
        await new Promise((resolve) => setTimeout(resolve, maxWaitTime));
        return { responses: [] };
      };
      broker.offsetCommit = () =>
        Promise.reject(
          new DragomanError('INVARIANT_BROKEN', 'Only tasks tell offsets, each under a group of its own.'),
        );
      return broker;
    };
    return cluster;
  });

/** An admin client whose `fetchTopicOffsets` gives the ends of the logs, uncommitted records included. */
export const logEndsAdmin = (kafka: Kafka): Admin =>
  withClusters(kafka, (create) => (options) => create({ ...options, isolationLevel: READ_UNCOMMITTED })).admin();

/**
 * A `Kafka` whose producers look up each coordinator once in their life: kafkajs does it for every request, four times in a Kafka
 * transaction. Only for producers that are thrown away after any error (R3), a coordinator that has moved being one.
 */
export const withLastingCoordinators = (kafka: Kafka): Kafka =>
  withClusters(kafka, (create) => (options) => {
    const cluster = create(options);
    const find = cluster.findGroupCoordinatorMetadata.bind(cluster);
    const known = new Map<string, Promise<unknown>>();
    cluster.findGroupCoordinatorMetadata = (request) => {
      const name = `${request.coordinatorType ?? 0}:${request.groupId}`;
      const found = known.get(name) ?? find(request);
      known.set(name, found);
      found.catch(() => known.delete(name));
      return found;
    };
    return cluster;
  });

const START_WAIT_MS = 1;
const START_WAITS_MAX = 10_000;

/**
 * A `Kafka` whose producers wait where a Kafka transaction starts: while the markers of the last one are being written, the coordinator answers
 * CONCURRENT_TRANSACTIONS to whatever is first in the next. Nothing of that one is sent yet, so it is asked again.
 */
export const withPatientStart = (kafka: Kafka): Kafka =>
  withClusters(kafka, (create) => (options) => {
    const cluster = create(options);
    const find = cluster.findBroker.bind(cluster);
    const known = new WeakSet<Broker>();
    cluster.findBroker = async (wanted) => {
      const broker = await find(wanted);
      if (known.has(broker)) return broker;
      known.add(broker);
      for (const start of ['addPartitionsToTxn', 'addOffsetsToTxn'] as const) {
        const ask = broker[start].bind(broker);
        broker[start] = (request) => whenMarked(() => ask(request));
      }
      return broker;
    };
    return cluster;
  });

async function whenMarked(ask: () => Promise<unknown>): Promise<unknown> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isConcurrentTransaction(error) || waits >= START_WAITS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, START_WAIT_MS));
    }
  }
}

/**
 * A `Kafka` whose producers write by this: kafkajs makes some twenty objects of each record on its way into a request. Everything around it
 * stays kafkajs's: who leads a partition, the Kafka transaction and its partitions, one request at a time.
 *
 * @param make once for each producer.
 */
export const withProduce = (kafka: Kafka, make: () => Produce): Kafka =>
  withClusters(kafka, (create) => (options) => {
    const cluster = create(options);
    const find = cluster.findBroker.bind(cluster);
    const produce = make();
    cluster.findBroker = async (wanted) => {
      const broker = await find(wanted);
      if (typeof broker.produce !== 'function') throw strangeKafkajs();
      broker.produce = (request) => produce(broker, request);
      return broker;
    };
    return cluster;
  });

function withClusters(kafka: Kafka, change: (create: CreateCluster) => CreateCluster): Kafka {
  const { key, create } = seamOf(kafka);
  return Object.create(kafka, { [key]: { value: change(create), writable: true } }) as Kafka;
}

function seamOf(kafka: Kafka): { readonly key: symbol; readonly create: CreateCluster } {
  const key = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  const create = key && (Reflect.get(kafka, key) as CreateCluster | undefined);
  if (key === undefined || create === undefined) throw strangeKafkajs();
  return { key, create: create.bind(kafka) };
}

const strangeKafkajs = (): DragomanError =>
  new DragomanError('INVARIANT_BROKEN', 'This kafkajs does not make its clients as version 2.2.4 does.');

/**
 * What kafkajs knows as one broker (`kafkajs/src/broker/index.js`), with the fake cluster behind it instead of a socket: requests go over
 * a connection that may lose them or their answers, and errors are those that kafkajs itself makes of the protocol's codes. Everything
 * above it - producer, its sequence numbers and retries, admin - is the real kafkajs. Fetch and the sink's Produce come and go as bytes (`wire.ts`).
 */
import type { CallOptions } from '../process.js';
import type { Cluster } from './cluster.js';
import { CODES } from './codes.js';
import {
  createErrorFromCode,
  KafkaJSConnectionClosedError,
  KafkaJSConnectionError,
  KafkaJSRequestTimeoutError,
} from './kafkajs-internals.js';
import type { LogEntry, ProducerIdentity } from './partition-log.js';
import * as wire from './wire.js';
import {
  type GroupRequest,
  type JoinRequest,
  type ListOffsetsRequest,
  type OffsetsRequest,
  type ProduceRequest,
  storedOffsets,
  type SyncRequest,
  type TransactionRequest,
} from './requests.js';

/** A way to call a server, as a `Process` has it. */
export interface Link {
  call<T>(name: string, effect: () => T, options: CallOptions): Promise<T>;
}

export interface BrokerPlace {
  readonly cluster: Cluster;
  readonly link: Link;
  /** Names the connections of one client: each has its own. */
  readonly client: string;
  readonly requestTimeoutMs: number;
}

/** What kafkajs compares to see whether a broker was replaced. */
export interface Address {
  readonly host: string;
  readonly port: number;
  rack: string | null;
}

interface Sent {
  readonly request: { readonly apiName: string; readonly encode: () => Promise<{ readonly buffer: Buffer }> };
  readonly response: {
    readonly decode: (answer: Buffer) => Promise<unknown>;
    readonly parse: (read: unknown) => unknown;
  };
}

const PORT = 9092;
export const addressOf = (node: number): Address => ({ host: `broker-${node}`, port: PORT, rack: null });
const nodeOf = ({ host }: Address): number => Number(host.slice('broker-'.length));

const LATEST = -1;
const READ_UNCOMMITTED = 0;

export class SimulatedBroker {
  /** Set by kafkajs. */
  nodeId: number | string | null;
  readonly connectionPool: Address & { send(sent: Sent): Promise<unknown> };
  readonly versions = {};
  readonly #place: BrokerPlace;
  readonly #node: number;
  #isConnected = false;

  constructor(place: BrokerPlace, { connectionPool, nodeId }: { connectionPool: Address; nodeId?: number | string }) {
    this.#place = place;
    this.#node = nodeOf(connectionPool);
    this.connectionPool = { ...connectionPool, send: (sent) => this.#answer(sent) };
    this.nodeId = nodeId ?? null;
  }

  isConnected(): boolean {
    return this.#isConnected;
  }

  /** Requests whose bytes are not made by kafkajs. */
  async #answer({ request: { apiName, encode }, response }: Sent): Promise<unknown> {
    const { buffer } = await encode();
    const answer =
      apiName === 'Fetch' ? this.#fetch(buffer) : apiName === 'Produce' ? this.#produceBytes(buffer) : null;
    if (answer === null) throw new RangeError(`The fake cluster does not know ${apiName} as bytes.`);
    return response.parse(await response.decode(await answer));
  }

  async connect(): Promise<void> {
    if (this.#isConnected) return;
    const { host, port } = this.connectionPool;
    try {
      await this.#send('connect', () => undefined);
    } catch {
      throw new KafkaJSConnectionError('Connection error', { broker: `${host}:${port}` });
    }
    this.#isConnected = true;
  }

  disconnect(): Promise<void> {
    this.#isConnected = false;
    return Promise.resolve();
  }

  metadata(topics: readonly string[] = []): Promise<unknown> {
    return this.#send('metadata', (cluster) => {
      const { nodesUp } = cluster;
      const asked = topics.length === 0 ? [...cluster.topics.keys()] : topics;
      if (asked.some((topic) => !cluster.topics.has(topic))) fail(CODES.UNKNOWN_TOPIC_OR_PARTITION);
      return {
        brokers: nodesUp.map((nodeId) => ({ nodeId, ...addressOf(nodeId) })),
        clusterId: cluster.id,
        controllerId: nodesUp[0],
        topicMetadata: asked.map((topic) => ({
          topicErrorCode: 0,
          topic,
          partitionMetadata: cluster.partitionsOf(topic).map((name, partitionId) => ({
            partitionErrorCode: 0,
            partitionId,
            leader: cluster.leaderOf(name),
            replicas: [1, 2, 3],
            isr: nodesUp,
            offlineReplicas: [],
          })),
        })),
      };
    });
  }

  describeConfigs({ resources }: { readonly resources: Parameters<Cluster['describe']>[0] }): Promise<unknown> {
    return this.#send('describeConfigs', (cluster) => cluster.describe(resources));
  }

  findGroupCoordinator({ groupId }: { readonly groupId: string }): Promise<unknown> {
    return this.#send('findCoordinator', (cluster) => {
      const nodeId = cluster.coordinatorOf(groupId);
      return { coordinator: { nodeId, ...addressOf(nodeId) } };
    });
  }

  initProducerId({
    transactionalId,
    transactionTimeout,
  }: {
    transactionalId: string;
    transactionTimeout: number;
  }): Promise<unknown> {
    return this.#send('initProducerId', (cluster) => {
      check(cluster.checkCoordinator(this.#node, transactionalId));
      const identity = cluster.transactions.initProducerId(transactionalId, transactionTimeout);
      if (typeof identity === 'number') return fail(identity);
      return { producerId: String(identity.producerId), producerEpoch: identity.epoch };
    });
  }

  addPartitionsToTxn(
    request: TransactionRequest & { readonly topics: readonly { topic: string; partitions: readonly number[] }[] },
  ): Promise<unknown> {
    return this.#send('addPartitionsToTxn', (cluster) => {
      check(cluster.checkCoordinator(this.#node, request.transactionalId));
      const partitions = request.topics.flatMap(({ topic, partitions: numbers }) =>
        numbers.map((number) => `${topic}/${number}`),
      );
      check(cluster.transactions.addPartitions(request.transactionalId, producerOf(request), partitions));
      return {};
    });
  }

  addOffsetsToTxn(request: TransactionRequest & { readonly groupId: string }): Promise<unknown> {
    return this.#send('addOffsetsToTxn', (cluster) => {
      check(cluster.checkCoordinator(this.#node, request.transactionalId));
      check(cluster.transactions.addOffsets(request.transactionalId, producerOf(request), request.groupId));
      return {};
    });
  }

  txnOffsetCommit(request: TransactionRequest & OffsetsRequest): Promise<unknown> {
    return this.#send('txnOffsetCommit', (cluster) => {
      check(cluster.checkCoordinator(this.#node, request.groupId));
      check(cluster.commitOffsets(producerOf(request), request.groupId, storedOffsets(request)));
      return {};
    });
  }

  offsetCommit(request: OffsetsRequest): Promise<unknown> {
    return this.#send('offsetCommit', (cluster) => {
      check(cluster.checkCoordinator(this.#node, request.groupId));
      cluster.groups.commit(request.groupId, storedOffsets(request));
      return {};
    });
  }

  endTxn(request: TransactionRequest & { readonly transactionResult: boolean }): Promise<unknown> {
    return this.#send('endTxn', (cluster) => {
      check(cluster.checkCoordinator(this.#node, request.transactionalId));
      const result = request.transactionResult ? 'commit' : 'abort';
      check(cluster.transactions.end(request.transactionalId, producerOf(request), result));
      return {};
    });
  }

  /** As kafkajs's own encoder has it. kafkajs throws the first error of any partition, whatever became of the others. */
  produce(request: ProduceRequest): Promise<unknown> {
    return this.#send('produce', (cluster) => {
      const batches = request.topicData.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, firstSequence, messages }) => ({
          partition: `${topic}/${partition}`,
          sequence: firstSequence,
          records: messages.map(({ key, value, headers }) => ({
            key: text(key),
            value: text(value),
            headers: headers ?? {},
          })),
        })),
      );
      const answers = cluster.produce(this.#node, producerOf(request), batches);
      for (const { code } of answers) check(code);
      const codes = new Map(answers.map((answer) => [answer.partition, answer]));
      return {
        topics: request.topicData.map(({ topic, partitions }) => ({
          topicName: topic,
          partitions: partitions.map(({ partition }) => ({
            partition,
            errorCode: CODES.NONE,
            baseOffset: String(codes.get(`${topic}/${partition}`)?.baseOffset ?? -1),
            logAppendTime: String(cluster.appendedMs),
          })),
        })),
      };
    });
  }

  /** As the sink has it. */
  #produceBytes(bytes: Buffer): Promise<Buffer> {
    const batches = wire.readProduceRequest(bytes);
    return this.#send('produce', (cluster) => {
      const answers = batches.flatMap(({ topic, partition, producer, sequence, records }) =>
        cluster
          .produce(this.#node, producer, [{ partition: `${topic}/${partition}`, sequence, records }])
          .map(({ code, baseOffset }) => ({ topic, partition, code, baseOffset })),
      );
      return wire.produceAnswer(answers, cluster.appendedMs);
    });
  }

  /** An answer without records comes after the time that the client is ready to wait. */
  async #fetch(bytes: Buffer): Promise<Buffer> {
    const { maxWaitMs, partitions } = wire.readFetchRequest(bytes);
    const answered = await this.#send(
      'fetch',
      (cluster) =>
        partitions.map((wanted): wire.AnsweredPartition => {
          const name = `${wanted.topic}/${wanted.partition}`;
          const { code, batches, aborted, isCut } = cluster.fetch(this.#node, name, wanted.offset);
          const { end, stableEnd } = code === CODES.NONE ? cluster.log(name) : { end: -1, stableEnd: -1 };
          return { ...wanted, code, end, stableEnd, aborted, batches: bytesOf(batches, isCut) };
        }),
      'fetch',
    );
    if (answered.every(({ code, batches }) => code === CODES.NONE && batches.length === 0))
      await new Promise((resolve) => setTimeout(resolve, maxWaitMs));
    return wire.fetchAnswer(answered);
  }

  listOffsets({ topics, isolationLevel }: ListOffsetsRequest): Promise<unknown> {
    return this.#send('listOffsets', (cluster) => ({
      responses: topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition, timestamp }) => {
          const name = `${topic}/${partition}`;
          if (cluster.leaderOf(name) !== this.#node) fail(CODES.NOT_LEADER_FOR_PARTITION);
          const { start, end, stableEnd } = cluster.log(name);
          const latest = isolationLevel === READ_UNCOMMITTED ? end : stableEnd;
          return { partition, errorCode: 0, offset: String(timestamp === LATEST ? latest : start) };
        }),
      })),
    }));
  }

  offsetFetch({ groupId, topics }: OffsetsRequest): Promise<unknown> {
    return this.#send('offsetFetch', (cluster) => {
      check(cluster.checkCoordinator(this.#node, groupId));
      const committed = cluster.groups.committed(groupId);
      return {
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => {
            const { offset, metadata } = committed.get(`${topic}/${partition}`) ?? { offset: -1, metadata: '' };
            return { partition, offset: String(offset), metadata, errorCode: 0 };
          }),
        })),
      };
    });
  }

  joinGroup({ groupId, groupProtocols }: JoinRequest): Promise<unknown> {
    return this.#send('joinGroup', (cluster) => {
      check(cluster.checkCoordinator(this.#node, groupId));
      const member = cluster.groups.join(groupId);
      const { id: memberId, generation: generationId } = member;
      const [protocol] = groupProtocols;
      const { otherLeader } = cluster.groups;
      if (otherLeader !== null && protocol !== undefined)
        void otherLeader(memberId, protocol.metadata).then((given) => (member.assignment = given));
      const leaderId = otherLeader === null ? memberId : 'another';
      const members = [{ memberId, memberMetadata: protocol?.metadata }];
      return { generationId, groupProtocol: protocol?.name, leaderId, memberId, members };
    });
  }

  syncGroup({ groupId, generationId, memberId, groupAssignment }: SyncRequest): Promise<unknown> {
    return this.#send('syncGroup', (cluster) => {
      check(cluster.checkCoordinator(this.#node, groupId));
      const member = cluster.groups.member(groupId, memberId, generationId) ?? fail(CODES.UNKNOWN_MEMBER_ID);
      member.assignment =
        groupAssignment.find((one) => one.memberId === memberId)?.memberAssignment ?? member.assignment;
      return { memberAssignment: member.assignment };
    });
  }

  heartbeat({
    groupId,
    groupGenerationId,
    memberId,
  }: GroupRequest & { readonly groupGenerationId: number }): Promise<unknown> {
    return this.#send('heartbeat', (cluster) => {
      check(cluster.checkCoordinator(this.#node, groupId));
      return cluster.groups.member(groupId, memberId, groupGenerationId) ?? fail(CODES.UNKNOWN_MEMBER_ID);
    });
  }

  leaveGroup({ groupId }: GroupRequest): Promise<unknown> {
    return this.#send('leaveGroup', (cluster) => {
      check(cluster.checkCoordinator(this.#node, groupId));
      cluster.groups.leave(groupId);
      return {};
    });
  }

  #send<T>(api: string, effect: (cluster: Cluster) => T, kind = 'requests'): Promise<T> {
    const { cluster, link, client, requestTimeoutMs } = this.#place;
    const { host, port } = this.connectionPool;
    const closed = (): Error => {
      this.#isConnected = false;
      return new KafkaJSConnectionClosedError('Closed connection', { host, port });
    };
    return link.call(
      `kafka.${api}`,
      () => {
        if (!cluster.isUp(this.#node)) throw closed();
        return effect(cluster);
      },
      {
        connection: `${client} ${host} ${kind}`,
        timeoutMs: requestTimeoutMs,
        failure: (why) => (why === 'closed' ? closed() : timedOut(api, `${host}:${port}`)),
      },
    );
  }
}

const timedOut = (api: string, broker: string): Error =>
  new KafkaJSRequestTimeoutError(`Request ${api} timed out`, { broker });

function fail(code: number): never {
  throw createErrorFromCode(code);
}

function check(code: number): void {
  if (code !== CODES.NONE) fail(code);
}

const producerOf = ({
  producerId,
  producerEpoch,
}: Pick<TransactionRequest, 'producerId' | 'producerEpoch'>): ProducerIdentity => ({
  producerId: Number(producerId),
  epoch: producerEpoch,
});

const text = (value: Buffer | string | null | undefined): string | null => value?.toString() ?? null;

/** Of an answer that is cut, the last batch comes in part. */
function bytesOf(batches: readonly (readonly LogEntry[])[], isCut: boolean): Buffer {
  const bytes = Buffer.concat(batches.map(wire.recordBatch));
  return isCut ? bytes.subarray(0, bytes.length - Math.ceil(wire.recordBatch(batches.at(-1) ?? []).length / 2)) : bytes;
}

/**
 * Three brokers of Kafka 4 as one deterministic model: leaders and coordinators that move, brokers that go away, Kafka transactions
 * whose records become visible partition by partition, aborted records and markers in the logs, compaction, short fetches.
 *
 * Not modelled: unclean leader election, lost acknowledged records, quotas, several members in one group, and the time in
 * which a broker of 3.9 shows stale offsets after fencing (documented as not supported).
 */
import { CODES } from './codes.js';
import { GroupCoordinator } from './groups.js';
import { type NewRecord, PartitionLog, type ProducerIdentity } from './partition-log.js';
import { START_MS, type Surroundings } from './surroundings.js';
import { type Decided, type MarkerDelays, TransactionCoordinator } from './transactions.js';

/** Shares of requests, from 0 to 1. */
export interface ClusterFaults {
  /** Partitions of a produce request whose leader moves just before. */
  readonly leaderMoves: number;
  /** Partitions of a produce request that are refused with an error of the kind that passes. */
  readonly refusals: number;
  /** Partitions that are written and refused all the same (NOT_ENOUGH_REPLICAS_AFTER_APPEND). */
  readonly refusalsAfterAppend: number;
  /** Requests to a coordinator just after which it moves. */
  readonly coordinatorMoves: number;
  /** Fetches that give fewer record batches than there are, and the beginning of another one. */
  readonly shortFetches: number;
  /** Partitions of a fetch whose leader moves just before. */
  readonly fetchLeaderMoves: number;
  /** Partitions of a fetch that are answered by a former leader, whose log ends too early. */
  readonly falseOutOfRange: number;
  readonly markers: MarkerDelays;
}

export const NO_FAULTS: ClusterFaults = {
  leaderMoves: 0,
  refusals: 0,
  refusalsAfterAppend: 0,
  coordinatorMoves: 0,
  shortFetches: 0,
  fetchLeaderMoves: 0,
  falseOutOfRange: 0,
  markers: { usualMs: 2, slowShare: 0, slowMs: 0, twiceShare: 0 },
};

/** One batch of a produce request. */
export interface Batch {
  /** `topic/3`. */
  readonly partition: string;
  readonly sequence: number;
  readonly records: readonly NewRecord[];
}

export const NODES = [1, 2, 3] as const;
const SHORT_FETCH_MAX = 3;

export class Cluster {
  readonly id: string;
  readonly groups = new GroupCoordinator();
  readonly transactions: TransactionCoordinator;
  /** May change while it runs. */
  faults: ClusterFaults;
  /** Bytes of a record batch: what the settings of topics say, and what brokers really take. */
  readonly recordBytesMax = { said: 1_048_588, taken: Infinity };
  /** Told of every Kafka transaction at the instant of its decision. */
  onDecided: (decided: Decided) => void = () => undefined;
  /** Told of what befalls fetches. */
  onFetchFault: (what: 'fetch cut short' | 'fetch refused' | 'fetch answered by a former leader') => void = () =>
    undefined;
  readonly #surroundings: Surroundings;
  readonly #topics = new Map<string, number>();
  readonly #logs = new Map<string, PartitionLog>();
  readonly #leaders = new Map<string, number>();
  readonly #coordinators = new Map<string, number>();
  readonly #downUntilMs = new Map<number, number>();

  constructor(surroundings: Surroundings, faults: ClusterFaults = NO_FAULTS, id = 'simulated') {
    this.id = id;
    this.faults = faults;
    this.#surroundings = surroundings;
    this.transactions = new TransactionCoordinator(
      surroundings,
      {
        partition: (partition, producer, kind) => this.log(partition).endTransaction(producer, kind, this.appendedMs),
        group: (group, producer, kind) => this.groups.endTransaction(group, producer, kind),
        decided: (decided) => this.onDecided(decided),
      },
      () => this.faults.markers,
    );
  }

  createTopic(topic: string, partitions: number): void {
    this.#topics.set(topic, partitions);
    for (const name of this.partitionsOf(topic)) {
      this.#logs.set(name, new PartitionLog());
      this.#leaders.set(name, NODES[this.#leaders.size % NODES.length] ?? 1);
    }
  }

  get topics(): ReadonlyMap<string, number> {
    return this.#topics;
  }

  partitionsOf(topic: string): string[] {
    return Array.from({ length: this.#topics.get(topic) ?? 0 }, (_, number) => `${topic}/${number}`);
  }

  /** @throws RangeError when there is no such partition: a fault of the test. */
  log(partition: string): PartitionLog {
    const log = this.#logs.get(partition);
    if (log === undefined) throw new RangeError(`The fake cluster has no partition ${partition}.`);
    return log;
  }

  /** What a connector or an operator writes. @returns its offset. */
  append(partition: string, record: NewRecord, offset?: number): number {
    return this.log(partition).append(record, this.appendedMs, offset);
  }

  /** What brokers answer as the time of an append: every topic has LogAppendTime. */
  get appendedMs(): number {
    return Math.round(START_MS + this.#surroundings.nowMs);
  }

  /** What every correct `read_committed` reader sees now. */
  committed(partition: string): ReturnType<PartitionLog['committed']> {
    return this.log(partition).committed();
  }

  isUp(node: number): boolean {
    return (this.#downUntilMs.get(node) ?? 0) <= this.#surroundings.nowMs;
  }

  get nodesUp(): readonly number[] {
    return NODES.filter((node) => this.isUp(node));
  }

  /** Others lead its partitions; requests to it find nobody. The last broker stays up. */
  stopBroker(node: number, forMs: number): void {
    if (this.nodesUp.length > 1) this.#downUntilMs.set(node, this.#surroundings.nowMs + forMs);
  }

  leaderOf(partition: string): number {
    return this.#upFrom(this.#leaders.get(partition) ?? 1);
  }

  moveLeader(partition: string): void {
    this.#leaders.set(partition, this.#upFrom((this.leaderOf(partition) % NODES.length) + 1));
  }

  /** @param id group or transactional id; what is random in the names of groups that live shortly plays no part. */
  coordinatorOf(id: string): number {
    const name = id.replace(/[0-9a-f-]{36}$/, '');
    return this.#upFrom(this.#coordinators.get(name) ?? (name.length % NODES.length) + 1);
  }

  moveCoordinator(id: string): void {
    const next = (this.coordinatorOf(id) % NODES.length) + 1;
    this.#coordinators.set(id.replace(/[0-9a-f-]{36}$/, ''), this.#upFrom(next));
  }

  /** @returns an error code when `node` does not coordinate `id`; by chance it stops to do so after this request. */
  checkCoordinator(node: number, id: string): number {
    if (this.coordinatorOf(id) !== node) return CODES.NOT_COORDINATOR_FOR_GROUP;
    if (this.#happens(this.faults.coordinatorMoves)) this.moveCoordinator(id);
    return CODES.NONE;
  }

  /** What broker `node` does with the batches of one request. Each partition stands for itself. */
  produce(
    node: number,
    producer: ProducerIdentity,
    batches: readonly Batch[],
  ): { partition: string; code: number; baseOffset: number }[] {
    return batches.map((batch) => ({ partition: batch.partition, ...this.#produceOne(node, producer, batch) }));
  }

  #produceOne(
    node: number,
    producer: ProducerIdentity,
    { partition, sequence, records }: Batch,
  ): { code: number; baseOffset: number } {
    const refused = (code: number): { code: number; baseOffset: number } => ({ code, baseOffset: -1 });
    if (!this.#logs.has(partition)) return refused(CODES.UNKNOWN_TOPIC_OR_PARTITION);
    if (this.#happens(this.faults.leaderMoves)) this.moveLeader(partition);
    if (this.leaderOf(partition) !== node) return refused(CODES.NOT_LEADER_FOR_PARTITION);
    if (this.#happens(this.faults.refusals)) return refused(CODES.NOT_ENOUGH_REPLICAS);
    if (sizeOf(records) > this.recordBytesMax.taken) return refused(CODES.MESSAGE_TOO_LARGE);
    const code = this.transactions.verify(producer, ({ partitions }) => partitions.has(partition));
    if (code !== CODES.NONE) return refused(code);
    const written = this.log(partition).produce(producer, sequence, records, this.appendedMs);
    if (written.code === CODES.NONE && this.#happens(this.faults.refusalsAfterAppend))
      return refused(CODES.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
    return written;
  }

  fetch(
    node: number,
    partition: string,
    offset: number,
  ): { readonly code: number; readonly isCut: boolean } & ReturnType<PartitionLog['fetch']> {
    const refused = (code: number): { code: number; isCut: false; batches: never[]; aborted: never[] } => ({
      code,
      isCut: false,
      batches: [],
      aborted: [],
    });
    if (!this.#logs.has(partition)) return refused(CODES.UNKNOWN_TOPIC_OR_PARTITION);
    if (this.#happens(this.faults.fetchLeaderMoves)) this.moveLeader(partition);
    if (this.leaderOf(partition) !== node) {
      this.onFetchFault('fetch refused');
      return refused(this.#staleFetch());
    }
    const log = this.log(partition);
    if (offset > log.end || offset < log.start) return refused(CODES.OFFSET_OUT_OF_RANGE);
    // A former leader that does not know it yet may end before what was read from the new one.
    if (offset > log.start && this.#happens(this.faults.falseOutOfRange)) {
      this.onFetchFault('fetch answered by a former leader');
      return refused(CODES.OFFSET_OUT_OF_RANGE);
    }
    const isShort = this.#happens(this.faults.shortFetches);
    const batchesMax = isShort ? 1 + Math.floor(this.#surroundings.random() * SHORT_FETCH_MAX) : Infinity;
    const fetched = log.fetch(offset, batchesMax);
    const isCut = isShort && fetched.batches.length > 1;
    if (isCut) this.onFetchFault('fetch cut short');
    return { code: CODES.NONE, isCut, ...fetched };
  }

  /** What a broker answers that does not lead the partition, or not in this epoch. */
  #staleFetch(): number {
    const codes = [CODES.NOT_LEADER_FOR_PARTITION, CODES.FENCED_LEADER_EPOCH, CODES.UNKNOWN_LEADER_EPOCH] as const;
    return this.faults.fetchLeaderMoves === 0 ? codes[0] : codes[Math.floor(this.#surroundings.random() * 3)]!;
  }

  /** Offsets that travel in a Kafka transaction. */
  commitOffsets(
    producer: ProducerIdentity,
    group: string,
    offsets: Parameters<GroupCoordinator['commitPending']>[2],
  ): number {
    const code = this.transactions.verify(producer, ({ groups }) => groups.has(group));
    return code === CODES.NONE ? this.groups.commitPending(group, producer, offsets) : code;
  }

  /** Settings of topics, as far as anybody asks for them. */
  describe(resources: readonly { readonly type: number; readonly name: string }[]): object {
    const configEntries = [{ configName: 'max.message.bytes', configValue: String(this.recordBytesMax.said) }];
    return {
      resources: resources.map(({ type, name }) => ({ resourceType: type, resourceName: name, configEntries })),
    };
  }

  #happens(share: number): boolean {
    return share > 0 && this.#surroundings.random() < share;
  }

  #upFrom(node: number): number {
    return this.isUp(node) ? node : (NODES.find((other) => this.isUp(other)) ?? node);
  }
}

const sizeOf = (records: readonly NewRecord[]): number =>
  records.reduce((sum, { key, value, headers }) => {
    const texts = [key, value, ...Object.entries(headers).flat()];
    return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text ?? ''), sum);
  }, 0);

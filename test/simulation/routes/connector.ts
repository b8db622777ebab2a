/** Delivers the outbox of a service, row by row in its order, in Kafka transactions that open, end, and break off; each row once. */
import { below, chosen } from '../../support/choices.js';
import type { Cluster } from '../kafka/cluster.js';
import type { ProducerIdentity } from '../kafka/partition-log.js';
import type { World } from '../world.js';
import type { ModelService, OutboxRow } from './service.js';

const ID = 'order-service-connector';
/** docs/ownership-protocol.md: at most 10 s. */
const TIMEOUT_MS = 4_000;
const ROWS_MAX = 5;

export class ModelConnector {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #service: ModelService;
  readonly #calmFromMs: number;
  #producer: ProducerIdentity | null = null;
  /** By partition, of this producer. */
  #sequences = new Map<string, number>();
  #isOpen = false;
  #outbox: readonly OutboxRow[] = [];
  /** Rows of it that are delivered. */
  #delivered = 0;

  constructor(world: World, cluster: Cluster, service: ModelService, calmFromMs: number) {
    this.#world = world;
    this.#cluster = cluster;
    this.#service = service;
    this.#calmFromMs = calmFromMs;
    this.#later(() => this.#live());
  }

  #later(run: () => void): void {
    this.#world.after(this.#world.random() * chosen(this.#world.random, [10, 60, 200]), run);
  }

  #live(): void {
    const { random, nowMs } = this.#world;
    const dies = nowMs < this.#calmFromMs && random() < 0.03;
    if (dies) this.#die();
    else if (!this.#service.isFenced && !this.#isOpen) this.#deliver();
    if (dies) this.#world.after(random() * 3_000, () => this.#live());
    else this.#later(() => this.#live());
  }

  /** What is open stays so until somebody fences it, or its time is up. */
  #die(): void {
    this.#producer = null;
    this.#isOpen = false;
    this.#world.count('connector dies');
  }

  #deliver(): void {
    const { outbox } = this.#service;
    if (outbox !== this.#outbox) {
      this.#outbox = outbox;
      this.#delivered = 0;
      this.#producer = null;
    }
    const rows = outbox.slice(this.#delivered, this.#delivered + 1 + below(this.#world.random, ROWS_MAX));
    if (rows.length === 0) return;
    const { transactions } = this.#cluster;
    if (this.#producer === null) {
      const made = transactions.initProducerId(ID, TIMEOUT_MS);
      if (typeof made === 'number') return;
      this.#producer = made;
      this.#sequences = new Map();
    }
    const producer = this.#producer;
    const partitions = new Map<string, OutboxRow[]>();
    for (const row of rows) {
      const name = `${row.topic}/${row.partition}`;
      partitions.set(name, [...(partitions.get(name) ?? []), row]);
    }
    if (transactions.addPartitions(ID, producer, [...partitions.keys()]) !== 0) return;
    for (const [name, records] of partitions) {
      const sequence = this.#sequences.get(name) ?? 0;
      const { code } = this.#cluster.log(name).produce(producer, sequence, records, this.#cluster.appendedMs);
      if (code !== 0) return this.#die();
      this.#sequences.set(name, sequence + records.length);
    }
    this.#isOpen = true;
    this.#later(() => this.#end(producer, rows.length));
  }

  #end(producer: ProducerIdentity, count: number): void {
    if (this.#producer !== producer || !this.#isOpen) return;
    this.#isOpen = false;
    if (this.#service.isFenced) return void (this.#producer = null);
    if (this.#cluster.transactions.end(ID, producer, 'commit') === 0) this.#delivered += count;
    else this.#die();
  }
}

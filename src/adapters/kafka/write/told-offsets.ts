/**
 * Input offsets told to Kafka's tools, which show by them how far a task is behind: committed for a group without members, outside of Kafka
 * transactions. Nobody reads on from them (the progress is the truth, SPEC T8), so they may come late or not at all, and nothing waits for them.
 */
import type { Kafka } from 'kafkajs';
import type { DragomanError } from '../../../errors.js';
import type { Offsets } from '../../../pipeline/ports.js';
import { type Cluster, openCluster } from '../clusters.js';
import { unavailable } from '../failure.js';
import { byTopic, partitionName } from '../names.js';

export interface Told {
  readonly offsets: Offsets;
  readonly metadata: string;
}

/** Between two of them, and after a failure. */
const EVERY_MS = 1_000;
const FAILED_MS = 5_000;
/** A Kafka that does not answer holds up nobody who ends. */
const END_MAX_MS = 1_000;
/** A commit that is no member's. */
const NO_MEMBER = { groupGenerationId: -1, memberId: '' } as const;

export class ToldOffsets {
  readonly #kafka: Kafka;
  readonly #groupId: string;
  readonly #onUntold: (error: DragomanError) => void;
  /** The newest ones that are not told yet. */
  #next: Told | null = null;
  #timer: NodeJS.Timeout | null = null;
  #telling: Promise<void> = Promise.resolve();
  #cluster: Cluster | null = null;
  #isUntold = false;
  #isEnding = false;

  /** @param onUntold is told once that it does not succeed, until it does. */
  constructor(kafka: Kafka, groupId: string, onUntold: (error: DragomanError) => void) {
    this.#kafka = kafka;
    this.#groupId = groupId;
    this.#onUntold = onUntold;
  }

  /** Soon; what comes before that takes its place. */
  tell(told: Told): void {
    if (told.offsets.size === 0) return;
    this.#next = told;
    this.#sendIn(EVERY_MS);
  }

  #sendIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#telling = this.#telling.then(() => this.#send());
    }, ms).unref();
  }

  /** Tells what is not told yet, and no more. */
  async end(): Promise<void> {
    this.#isEnding = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    let late: NodeJS.Timeout | undefined;
    const ended = this.#telling.then(() => this.#send());
    await Promise.race([ended, new Promise<void>((resolve) => (late = setTimeout(resolve, END_MAX_MS)))]);
    clearTimeout(late);
    this.#drop();
  }

  async #send(): Promise<void> {
    const told = this.#next;
    if (told === null) return;
    this.#next = null;
    try {
      const cluster = await this.#connected();
      const coordinator = await cluster.findGroupCoordinator({ groupId: this.#groupId });
      await coordinator.offsetCommit({ groupId: this.#groupId, ...NO_MEMBER, topics: topicsOf(told) });
      this.#isUntold = false;
    } catch (cause) {
      this.#drop();
      this.#next ??= told;
      if (!this.#isEnding) this.#sendIn(FAILED_MS);
      if (!this.#isUntold) this.#onUntold(unavailable(`Offsets cannot be told under group ${this.#groupId}`, cause));
      this.#isUntold = true;
    }
  }

  async #connected(): Promise<Cluster> {
    if (this.#cluster !== null) return this.#cluster;
    const cluster = openCluster(this.#kafka);
    this.#cluster = cluster;
    await cluster.connect();
    await cluster.refreshMetadata();
    return cluster;
  }

  #drop(): void {
    void this.#cluster?.disconnect().catch(() => undefined);
    this.#cluster = null;
  }
}

const topicsOf = ({ offsets, metadata }: Told): object[] =>
  byTopic(offsets.keys()).map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((partition) => ({
      partition,
      offset: String(offsets.get(partitionName(topic, partition))),
      metadata,
    })),
  }));

/**
 * Looks at what the pipeline stands on, at once and then each minute: that its topics are still the same, and that what it still needs
 * of them is not about to be deleted. What it sees is told; a topic that is another one ends the task, to be settled like any refusal, unless all
 * that was in it can be written anew: then that is asked for.
 */
import { DragomanError } from '../../errors.js';
import type { Observer } from '../events.js';
import { checkFootprint } from '../progress/footprint.js';
import type { Ground, Offsets, TopicNow } from '../ports.js';
import { Signal } from '../signal.js';

const LOOK_MS = 60_000;

export interface GroundWatchPorts {
  readonly ground: Ground;
  readonly observe: Observer;
  /** Lowest offsets that are still needed, now. */
  readonly needed: () => Offsets;
  /** A copy (`TopicNow.isCopy`) was deleted, and made again: it is empty. */
  readonly onEmptied: () => void;
}

export class GroundWatch {
  readonly #ports: GroundWatchPorts;
  readonly #before: ReadonlyMap<string, TopicNow>;
  /** Ids of copies as they were last seen. */
  readonly #copies: Map<string, string>;
  readonly #stopped = new Signal();
  #stopping = false;

  /** @param before the topics as they were when the task started. */
  constructor(ports: GroundWatchPorts, before: ReadonlyMap<string, TopicNow>) {
    this.#ports = ports;
    this.#before = before;
    this.#copies = new Map([...before].flatMap(([topic, { id, isCopy }]) => (isCopy === true ? [[topic, id]] : [])));
  }

  stop(): void {
    this.#stopping = true;
    this.#stopped.notify();
  }

  /** @throws DragomanError TOPIC_RECREATED, PARTITIONS_CHANGED */
  async run(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#look();
      } catch (error) {
        // Kafka does not answer: reading and committing will say so, and the next look comes.
        if (!(error instanceof DragomanError) || error.disposition !== 'retry') throw error;
      }
      if (!this.#isStopping()) await this.#stopped.wait(LOOK_MS);
    }
  }

  async #look(): Promise<void> {
    const { ground, observe, needed } = this.#ports;
    const topics = await ground.topics();
    checkFootprint({ cluster: '', topics: this.#before }, { cluster: '', topics }, new Set());
    this.#lookAtCopies(topics);
    observe({ kind: 'unsafeTopics', topics: await ground.unsafe() });
    for (const retention of await ground.retention(needed())) observe({ kind: 'retention', ...retention });
  }

  #lookAtCopies(topics: ReadonlyMap<string, TopicNow>): void {
    for (const [topic, { id, isCopy }] of topics) {
      if (isCopy !== true || this.#copies.get(topic) === id) continue;
      this.#copies.set(topic, id);
      this.#ports.onEmptied();
    }
  }

  /** Changes while a promise is awaited. */
  #isStopping(): boolean {
    return this.#stopping;
  }
}

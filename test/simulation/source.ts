/**
 * The consumer of one owner: fetches each partition at its own speed into queues, as `adapters/kafka/source.ts` does with kafkajs. It
 * goes on reading after the group has given its partitions to another member, as a real one does that does not know it yet.
 */
import type { Offsets, RawBatch, Source } from '../../src/pipeline/ports.js';
import { Signal } from '../../src/pipeline/signal.js';
import { DragomanError } from '../../src/errors.js';
import { chosen } from '../support/choices.js';
import type { InputLog } from './input-log.js';
import type { Process } from './process.js';

/** Time between two fetches of one partition is up to this. */
const SPEEDS_MS = [1, 5, 30, 300];
const QUEUED_MAX = 4;
const TIMEOUT_MS = 1_500;

interface Queue {
  readonly batches: RawBatch[];
  readonly speedMs: number;
  position: number;
  isFetching: boolean;
}

export class SimulatedSource implements Source {
  readonly partitions: readonly string[];
  readonly confirmOwned: () => Promise<boolean>;
  readonly #log: InputLog;
  readonly #process: Process;
  readonly #signal = new Signal();
  readonly #forget: () => void;
  #queues = new Map<string, Queue>();

  constructor(log: InputLog, process: Process, confirmOwned: () => Promise<boolean>) {
    this.partitions = [...log.partitions.keys()];
    this.confirmOwned = confirmOwned;
    this.#log = log;
    this.#process = process;
    this.#forget = log.onVisible((partition) => this.#fetch(partition));
  }

  close(): void {
    this.#forget();
    this.#queues.clear();
  }

  async seek(offsets: Offsets): Promise<void> {
    this.#queues.clear();
    const bounds = await this.bounds();
    const { random } = this.#process.world;
    for (const name of this.partitions) {
      const position = offsets.get(name) ?? bounds.get(name)?.first ?? 0;
      this.#queues.set(name, { batches: [], position, isFetching: false, speedMs: chosen(random, SPEEDS_MS) });
      this.#fetch(name);
    }
  }

  take(partition: string): RawBatch | undefined {
    const batch = this.#queues.get(partition)?.batches.shift();
    if (batch !== undefined) this.#fetch(partition);
    return batch;
  }

  wait(timeoutMs: number): Promise<void> {
    return this.#signal.wait(timeoutMs);
  }

  wake(): void {
    this.#signal.notify();
  }

  bounds(): Promise<ReadonlyMap<string, { readonly first: number; readonly end: number }>> {
    return this.#process.call(
      'kafka.inputEnds',
      () => new Map([...this.#log.partitions].map(([name, { end }]) => [name, { first: 0, end }])),
      {
        timeoutMs: TIMEOUT_MS,
        failure: (why) =>
          new DragomanError('KAFKA_UNAVAILABLE', `The ends of the input partitions cannot be read: ${why}`),
      },
    );
  }

  /** One fetch after another, while there is something and the queue has room. */
  #fetch(name: string): void {
    const queue = this.#queues.get(name);
    if (queue === undefined || queue.isFetching || queue.batches.length >= QUEUED_MAX) return;
    const { world } = this.#process;
    if (this.#process.isDead || queue.position >= this.#log.partitions.get(name)!.visibleEnd) return;
    queue.isFetching = true;
    const arrive = (): void => {
      queue.isFetching = false;
      if (this.#queues.get(name) !== queue) return;
      const fetched = this.#log.fetch(world, name, queue.position);
      if (fetched === null) return;
      queue.position = fetched.nextOffset;
      queue.batches.push({ partition: name, topic: name.slice(0, name.lastIndexOf('/')), ...fetched });
      this.#signal.notify();
      this.#fetch(name);
    };
    world.after(world.random() * queue.speedMs, arrive, this.#process);
  }
}

/** First half of a running task: reads and sequences, without waiting for commits. Bounded by what the sequencers hold. */
import type { Observer } from '../events.js';
import type { Source } from '../ports.js';
import type { Signal } from '../signal.js';
import type { ToldInput } from '../told/told-input.js';
import { topicName } from '../topic-name.js';
import type { Input, SourceInput } from './input.js';
import type { Quarantine } from './quarantine.js';

export interface ReaderPorts {
  readonly source: Source;
  readonly input: Input;
  readonly inputs: readonly SourceInput[];
  /** Contract topics; null or absent: none is moved. */
  readonly told?: ToldInput | null;
  readonly quarantine: Quarantine;
  readonly observe: Observer;
  readonly work: Signal;
  /** Called when there is nothing to read. */
  readonly onIdle: () => void;
}

/** Records decoded before the event loop turns: a few milliseconds. */
const RECORDS_PER_TURN = 200;
const WAIT_MS = 200;
const STATUS_MS = 1_000;
/** While a transaction is held, topics are looked for this often: one that appeared may have what is missing. */
const TOPICS_MS = 30_000;
/** Ends of partitions are asked this often, so that lag is seen also where nothing is read. */
const LAG_MS = 10_000;

export class Reader {
  readonly #ports: ReaderPorts;
  #stopping = false;
  #statusAt = 0;
  #lagAt = performance.now();
  #topicsAt = 0;
  /** What is held, and how many breaks were let through, when topics were looked for. */
  #lookedFor: string;
  #idle = false;
  /** By source, since when it wants bounds. */
  readonly #wantedAt = new Map<string, number>();

  constructor(ports: ReaderPorts) {
    this.#ports = ports;
    this.#lookedFor = this.#lacking();
  }

  get isIdle(): boolean {
    return this.#idle && this.#lacking() === this.#lookedFor;
  }

  stop(): void {
    this.#stopping = true;
    this.#ports.source.wake();
  }

  async run(): Promise<void> {
    const { source, input, inputs, work } = this.#ports;
    while (!this.#stopping) {
      const read = input.read(RECORDS_PER_TURN);
      for (const { sequencer } of inputs) sequencer.look();
      const asked = await this.#askBounds();
      const isDue = performance.now() - this.#statusAt >= STATUS_MS;
      if ((read === 0 || isDue) && (await this.#lookForTopics())) return;
      this.#idle = read === 0 && !asked && this.#wantedAt.size === 0 && !input.isWaiting;
      if (isDue) this.#observeStatus();
      if (performance.now() - this.#lagAt > LAG_MS) await this.#observeLag();
      if (this.isIdle) this.#ports.onIdle();
      else work.notify();
      if (read > 0) await turn();
      else if (!asked) await source.wait(WAIT_MS);
    }
  }

  async #askBounds(): Promise<boolean> {
    const waiting = this.#ports.inputs.filter((input) => this.#isGraceOver(input));
    if (waiting.length === 0) return false;
    const bounds = await this.#ports.source.bounds();
    const ends = new Map([...bounds].map(([partition, { end }]) => [partition, end]));
    for (const { name, sequencer } of waiting) {
      sequencer.settle(ends);
      this.#wantedAt.delete(name);
    }
    return true;
  }

  /** What the connector sent before may take so long to be visible in other partitions. */
  #isGraceOver({ name, sequencer, graceMs }: SourceInput): boolean {
    if (!sequencer.wantsBounds) return false;
    const now = performance.now();
    const wantedAt = this.#wantedAt.get(name) ?? now;
    this.#wantedAt.set(name, wantedAt);
    return now - wantedAt >= graceMs;
  }

  async #observeLag(): Promise<void> {
    this.#lagAt = performance.now();
    const { inputs, told, source, observe } = this.#ports;
    const bounds = await source.bounds();
    const nothing = { records: 0, byOperation: {}, newestSourceTimeMs: null };
    const all = inputs.flatMap(({ sequencer, partitions }) => partitions.map((name) => [name, sequencer] as const));
    for (const [partition, reading] of [...all, ...(told?.partitions ?? []).map((name) => [name, told] as const)]) {
      const lagRecords = Math.max(0, (bounds.get(partition)?.end ?? 0) - (reading?.readTo(partition) ?? 0));
      observe({ kind: 'consumed', partition, topic: topicName(partition), lagRecords, ...nothing });
    }
  }

  #observeStatus(): void {
    const now = performance.now();
    this.#statusAt = now;
    if (this.#ports.quarantine.apply(this.#ports.inputs, now)) this.#ports.work.notify();
    observeStatus(this.#ports.inputs, this.#ports.observe);
  }

  /**
   * What transactions lack may be in a topic that came after the start: the first logical message, a new leaf. So topics are looked for
   * before it is said that something is lacking, and as long as it is. @returns whether this task ends for it.
   */
  async #lookForTopics(): Promise<boolean> {
    const lacking = this.#lacking();
    const isNew = lacking !== this.#lookedFor;
    const isHeld = this.#ports.inputs.some(({ sequencer }) => sequencer.held !== null);
    if (!isNew && (!isHeld || performance.now() - this.#topicsAt < TOPICS_MS)) return false;
    const isReplaced = await this.#ports.source.lookForTopics();
    this.#topicsAt = performance.now();
    this.#lookedFor = lacking;
    return isReplaced;
  }

  #lacking(): string {
    return this.#ports.inputs
      .map(
        ({ sequencer }) => `${sequencer.allHeld.map(({ transaction }) => transaction).join()} ${sequencer.counts.gaps}`,
      )
      .join();
  }
}

export function observeStatus(inputs: readonly SourceInput[], observe: Observer): void {
  for (const { name, sequencer } of inputs) {
    observe({ kind: 'sequenced', source: name, ...sequencer.counts.takeHandedOn(), ...sequencer.status });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Whether events come, and whether there is anything for them to come of: follows the contract topic and the connector's topic of
 * transactions, and remembers when what of which source commit arrived. Only tells when the pipeline is well again; what is right is
 * judged afterwards by another reader.
 */
import { Arrivals } from '../e2e/arrivals.js';
import { CONTRACT_TOPIC, type Scene } from '../e2e/scene.js';

interface Beat {
  /** When the legacy database committed it. */
  readonly committedMs: number;
  readonly arrivedMs: number;
}

/** One topic. */
class Beats {
  #count = 0;
  /** Ascending by commit: what is no newer than the last is left out. */
  readonly #beats: Beat[] = [];
  #arrivals: Arrivals | undefined;

  /** @param committedMs of a value; undefined: it tells of none. */
  async watch(scene: Scene, topic: string, committedMs: (value: string) => number | undefined): Promise<void> {
    this.#arrivals = await Arrivals.watch({
      kafka: scene.kafka(),
      topic,
      groupId: `${scene.namespace}-pulse-of-${topic}`,
      isolation: 'read_committed',
      see: (value) => this.#beat(committedMs(value)),
    });
  }

  get count(): number {
    return this.#count;
  }

  async firstSince(committedMs: number, timeoutMs: number): Promise<number | undefined> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.#beats.find((beat) => beat.committedMs >= committedMs);
      if (found !== undefined) return found.arrivedMs;
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) return undefined;
      await this.#arrivals?.next(Math.min(leftMs, 1_000));
    }
  }

  async close(): Promise<void> {
    await this.#arrivals?.close();
  }

  #beat(committedMs: number | undefined): void {
    this.#count += 1;
    if (committedMs === undefined || committedMs <= (this.#beats.at(-1)?.committedMs ?? 0)) return;
    this.#beats.push({ committedMs, arrivedMs: Date.now() });
  }
}

export class Pulse {
  readonly #events = new Beats();
  readonly #transactions = new Beats();

  static async watch(scene: Scene): Promise<Pulse> {
    const pulse = new Pulse();
    await pulse.#events.watch(scene, CONTRACT_TOPIC, (value) => occurredMs(value));
    await pulse.#transactions.watch(scene, scene.transactionTopic, (value) => endedMs(value));
    return pulse;
  }

  /** Events so far. */
  get events(): number {
    return this.#events.count;
  }

  /** When the first event of a transaction arrived that was committed at `committedMs` or later; undefined: not in time. */
  firstSince(committedMs: number, timeoutMs: number): Promise<number | undefined> {
    return this.#events.firstSince(committedMs, timeoutMs);
  }

  /** When the connector's record of the end of such a transaction could be read: before that there is nothing to publish. */
  readableSince(committedMs: number, timeoutMs: number): Promise<number | undefined> {
    return this.#transactions.firstSince(committedMs, timeoutMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.#events.close(), this.#transactions.close()]);
  }
}

function occurredMs(value: string): number {
  const { occurredAt } = JSON.parse(value) as { occurredAt: string };
  return Date.parse(occurredAt);
}

function endedMs(value: string): number | undefined {
  const record = JSON.parse(value) as { payload?: TransactionRecord } & TransactionRecord;
  const { status, ts_ms: timeMs } = record.payload ?? record;
  return status === 'END' ? timeMs : undefined;
}

interface TransactionRecord {
  readonly status?: 'BEGIN' | 'END';
  readonly ts_ms?: number;
}

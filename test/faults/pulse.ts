/**
 * Whether events come: follows the contract topic and remembers when an event of which source commit arrived. Only tells when the
 * pipeline is well again; what is right is judged afterwards by another reader.
 */
import { Arrivals } from '../e2e/arrivals.js';
import { CONTRACT_TOPIC, type Scene } from '../e2e/scene.js';

interface Beat {
  /** When the legacy database committed what the event tells of. */
  readonly committedMs: number;
  readonly arrivedMs: number;
}

export class Pulse {
  #events = 0;
  /** Ascending by commit: an event that is no newer than the last is left out. */
  readonly #beats: Beat[] = [];
  #arrivals: Arrivals | undefined;

  static async watch(scene: Scene): Promise<Pulse> {
    const pulse = new Pulse();
    pulse.#arrivals = await Arrivals.watch({
      kafka: scene.kafka(),
      topic: CONTRACT_TOPIC,
      groupId: `${scene.namespace}-pulse`,
      isolation: 'read_committed',
      see: (value) => pulse.#beat(value),
    });
    return pulse;
  }

  /** Events so far. */
  get events(): number {
    return this.#events;
  }

  /** When the first event of a transaction arrived that was committed at `committedMs` or later; undefined: not in time. */
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

  #beat(text: string): void {
    this.#events += 1;
    const { occurredAt } = JSON.parse(text) as { occurredAt: string };
    const committedMs = Date.parse(occurredAt);
    if (committedMs > (this.#beats.at(-1)?.committedMs ?? 0)) this.#beats.push({ committedMs, arrivedMs: Date.now() });
  }
}

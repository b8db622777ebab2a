/**
 * Carries on the time of a source that has nothing to say, while its connector says that it is there. A heartbeat has the connector's time and
 * no place in the log, so it is believed of a source only that has been quiet for a while, by its own heartbeats, and is read to its end: then
 * nothing that was committed before that while is on its way. What it moved is committed with the progress, so it never goes back.
 *
 * Where this ends: a connector that is behind, and finds nothing of its tables in the log for longer than {@link QUIET_MS}. A timer may be early
 * then. Exact mode needs none of it when the connector writes a row with each heartbeat: transactions of any captured table move the time.
 */
import { heartbeatMs } from '../../decode/heartbeat.js';
import { DragomanError } from '../../errors.js';
import type { Bounds, Heartbeats, Source } from '../ports.js';
import { Signal } from '../signal.js';
import type { SourceInput } from './input.js';

/** So long nothing was written, and so far behind the newest heartbeat the time stays. */
export const QUIET_MS = 10 * 60 * 1_000;
const LOOK_MS = 30_000;

export interface HeartbeatWatchPorts {
  readonly heartbeats: Heartbeats;
  readonly source: Pick<Source, 'bounds'>;
  readonly inputs: readonly Watched[];
  /** Notified when a time moved. */
  readonly work: Pick<Signal, 'notify'>;
}

type Watched = Pick<SourceInput, 'name' | 'sequencer' | 'time' | 'partitions'>;

/** Ends of its partitions, and the first and the last heartbeat that were seen with them. */
interface Quiet {
  readonly ends: string;
  readonly sinceMs: number;
  readonly lastMs: number;
}

/**
 * Written without a break. After one, the connector may have been away: what was committed meanwhile is read after the first heartbeat of its
 * new start. Nor is a clock believed that was set forward by as much.
 */
const goesOn = ({ lastMs }: Quiet, beatMs: number): boolean => beatMs >= lastMs && beatMs - lastMs < QUIET_MS;

export class HeartbeatWatch {
  readonly #ports: HeartbeatWatchPorts;
  readonly #quiet = new Map<string, Quiet>();
  readonly #stopped = new Signal();
  #stopping = false;

  constructor(ports: HeartbeatWatchPorts) {
    this.#ports = ports;
  }

  stop(): void {
    this.#stopping = true;
    this.#stopped.notify();
  }

  async run(): Promise<void> {
    while (!this.#isStopping()) {
      try {
        await this.look();
      } catch (error) {
        // Kafka does not answer, or may not be asked: the time stands meanwhile, and `doctor` says so.
        if (!(error instanceof DragomanError)) throw error;
      }
      if (!this.#isStopping()) await this.#stopped.wait(LOOK_MS);
    }
  }

  /** The heartbeats first: what was written before them is below the ends that are asked after. */
  async look(): Promise<void> {
    const { heartbeats, source, inputs, work } = this.#ports;
    const newest = await heartbeats.newest();
    const bounds = newest.size === 0 ? new Map<string, never>() : await source.bounds();
    for (const input of inputs) if (this.#follow(input, newest.get(input.name), bounds)) work.notify();
  }

  /** @returns whether its time moved. */
  #follow(input: Watched, beat: string | undefined, bounds: Bounds): boolean {
    const { name, time, partitions } = input;
    const ends = partitions.map((partition) => bounds.get(partition)?.end ?? 0).join();
    const quiet = this.#quiet.get(name);
    const beatMs = beat === undefined ? null : heartbeatMs(beat);
    if (beatMs === null) {
      this.#quiet.delete(name);
      return false;
    }
    if (quiet?.ends !== ends || !goesOn(quiet, beatMs)) {
      this.#quiet.set(name, { ends, sinceMs: beatMs, lastMs: beatMs });
      return false;
    }
    this.#quiet.set(name, { ...quiet, lastMs: beatMs });
    return beatMs - quiet.sinceMs >= QUIET_MS && isDone(input, bounds) && time.follow(beatMs - QUIET_MS);
  }

  /** Changes while a promise is awaited. */
  #isStopping(): boolean {
    return this.#stopping;
  }
}

/** Everything is read and handed on, and no snapshot is the last: transactions from before it may follow. */
function isDone({ sequencer, partitions }: Watched, bounds: Bounds): boolean {
  const { snapshot } = sequencer.frontier;
  return (
    (snapshot === null || snapshot.isFollowed) &&
    sequencer.look() === null &&
    sequencer.status.openTransactions === 0 &&
    partitions.every((partition) => sequencer.readTo(partition) >= (bounds.get(partition)?.end ?? 0))
  );
}

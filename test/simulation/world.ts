/**
 * A world with one stream of chance: processes that run real code, calls from them to servers outside, and a clock that only moves
 * when something happens. Every call is a place where the answer may be late or lost, the connection may break, and the calling
 * process may be killed or stopped; what happens there is a {@link Fate}. The same seed gives the same steps.
 *
 * One event happens at a time, then everything that can go on because of it goes on, and only then comes the next. So it is always
 * known which process is running, and what it sets in motion belongs to it.
 */
import { type Choices, choices } from '../support/choices.js';
import { type Event, EventQueue } from './event-queue.js';
import { START_MS } from './kafka/surroundings.js';
import { Process } from './process.js';
import { installTime, settled } from './virtual-time.js';

/** What becomes of one call. Times in ms of the world. */
export interface Fate {
  /** From the call to its effect at the server; null: it never gets there. */
  readonly requestMs: number | null;
  /** From the effect to its answer; null: it never comes, and the caller sees a time-out (or a broken connection). */
  readonly answerMs: number | null;
  /** From the call to the break of its connection, at which every call on it that waits fails; null: it holds. */
  readonly breakMs: number | null;
  /** What happens to the calling process, so long after the call. */
  readonly end: { readonly kind: 'kill' | 'stop'; readonly afterMs: number; readonly forMs: number } | null;
  /** For counts: which fault this is; null: none. */
  readonly fault: string | null;
}

export interface CallPlace {
  readonly process: string;
  /** `kafka.endTxn`, `redis.save`. */
  readonly name: string;
  readonly connection: string;
}

/** Decides by chance or by plan. Called once for each call, in their order. */
export type Fates = (place: CallPlace, world: World) => Fate;

export interface Step {
  readonly atMs: number;
  readonly process: string;
  readonly what: string;
}

interface WorldEvent extends Event {
  /** Null: of the world itself. */
  readonly process: Process | null;
  isCancelled: boolean;
}

/** A connection on which a call is held up. */
const BROKEN_AFTER_MS = 5;

export class World {
  readonly random: Choices;
  /** Every kind of thing that happened, with how often. */
  readonly counts = new Map<string, number>();
  /** Called after every step, when nothing can go on by itself: the place for invariants. Throws to end the run. */
  afterStep: () => void = () => undefined;
  /** Called after a call took effect: servers may fail just then. */
  onEffect: (name: string) => void = () => undefined;
  steps = 0;
  readonly #fates: Fates;
  readonly #queue = new EventQueue<WorldEvent>();
  readonly #trace: Step[] | null;
  #digest = 2_166_136_261;
  #nowMs = 0;
  #running: Process | null = null;
  #failure: { readonly error: unknown } | null = null;
  #heldUp: { readonly name: string; readonly forMs: number } | null = null;

  constructor(options: { readonly seed: number; readonly fates: Fates; readonly trace?: boolean }) {
    this.random = choices(options.seed);
    this.#fates = options.fates;
    this.#trace = options.trace === true ? [] : null;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Steps with their times, when a trace was asked for. */
  get trace(): readonly Step[] {
    return this.#trace ?? [];
  }

  /** Equal for two runs exactly when their steps were. */
  get digest(): number {
    return this.#digest;
  }

  /** The process whose code is running. */
  get running(): Process | null {
    return this.#running;
  }

  /** A new process; it has done nothing yet. A restarted one is a new one. */
  process(name: string): Process {
    return new Process(name, this);
  }

  /** The next call of this name is on its way for so long, and its connection breaks: whoever called has gone on when it takes effect. */
  holdUpNext(name: string, forMs: number): void {
    this.#heldUp = { name, forMs };
  }

  /** @internal for {@link Process}. */
  fateOf(place: CallPlace): Fate {
    const fate = this.#fates(place, this);
    const held = this.#heldUp;
    if (held?.name !== place.name || fate.fault !== null) return fate;
    this.#heldUp = null;
    return { ...fate, requestMs: held.forMs, breakMs: BROKEN_AFTER_MS, fault: 'held up' };
  }

  /** Something that happens so much later, to a process (not if it is dead by then; later if it is stopped) or to the world. */
  after(delayMs: number, run: () => void, process: Process | null = null): () => void {
    const event: WorldEvent = {
      atMs: this.#nowMs + delayMs,
      rank: this.random(),
      run,
      process,
      isCancelled: false,
    };
    this.#queue.push(event);
    return () => (event.isCancelled = true);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Notes a step: it becomes part of the trace and of the digest. */
  note(process: string, what: string): void {
    const text = `${Math.round(this.#nowMs * 1_000)} ${process} ${what}`;
    for (let i = 0; i < text.length; i += 1)
      this.#digest = Math.imul(this.#digest ^ text.charCodeAt(i), 16_777_619) >>> 0;
    this.#trace?.push({ atMs: this.#nowMs, process, what });
  }

  /** Ends the run with this error at the end of the step. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Whatever happens, one event after another, until `isOver`, or nothing is left, or the time is up. @throws what a step threw */
  async run(isOver: () => boolean, untilMs: number): Promise<'over' | 'nothing left' | 'time is up'> {
    const uninstall = installTime({
      setTimer: (run, delayMs) => this.after(delayMs, run, this.#running),
      nowMs: () => this.#nowMs,
      wallMs: () => START_MS + this.#nowMs + (this.#running?.clockSkewMs ?? 0),
      random: () => this.random(),
    });
    try {
      while (!isOver()) {
        const event = this.#queue.pop();
        if (event === undefined) return 'nothing left';
        if (event.atMs > untilMs) return 'time is up';
        if (event.isCancelled || event.process?.isDead === true) continue;
        this.#nowMs = Math.max(this.#nowMs, event.atMs);
        const waitsMs = (event.process?.stoppedUntilMs ?? 0) - this.#nowMs;
        if (waitsMs > 0) this.#queue.push(Object.assign(event, { atMs: this.#nowMs + waitsMs, rank: this.random() }));
        else await this.#step(event);
      }
      return 'over';
    } finally {
      uninstall();
    }
  }

  async #step({ process, run }: WorldEvent): Promise<void> {
    this.#running = process;
    this.steps += 1;
    run();
    if (process !== null) await settled();
    this.#running = null;
    if (this.#failure !== null) throw this.#failure.error;
    this.afterStep();
  }
}

/** The clock of a running task, and what is due by it (`timers/source-time.ts`, `timers/due-timers.ts`, `routes/routes.ts`). */
import type { ChangeSet } from '../../domain/change-set.js';
import type { Observer } from '../events.js';
import type { SourceInput } from '../read/input.js';
import type { Memory } from '../state/memory.js';
import { PARITY } from '../../translate/timers/named.js';
import { type DueTimer, timerChangeSet } from '../timers/due-timers.js';
import { clockOf, type RefusedTime } from '../timers/source-time.js';
import type { Routes } from '../routes/routes.js';
import type { ToldInput } from '../told/told-input.js';
import { type Boundary, clockAhead, earlier, shortestTimer, type Timing } from './draft.js';

export interface TimekeeperPorts {
  readonly inputs: readonly SourceInput[];
  readonly memory: Pick<Memory, 'timers' | 'pinned'>;
  readonly routes: Pick<Routes, 'nextMs'>;
  /** Contract topics; null or absent: none is moved. */
  readonly told?: Pick<ToldInput, 'isTried'> | null;
  readonly observe: Observer;
  readonly broker: { readonly nowMs: number };
}

export class Timekeeper {
  readonly #ports: TimekeeperPorts;
  readonly #shortestMs: number | null;
  readonly #known: number | null;
  /** By source. */
  readonly #told = new Map<string, RefusedTime>();

  /** @param known the clock as the progress has it. */
  constructor(ports: TimekeeperPorts, known: number | null) {
    this.#ports = ports;
    this.#shortestMs = shortestTimer(ports.memory.pinned.sets);
    this.#known = known;
  }

  /** For the progress. @param clock of the boundary that is committed. */
  clockAt(clock: number | null): number | null {
    return clockOf(this.#known, [clock]);
  }

  get timing(): Timing {
    const { inputs, memory, routes } = this.#ports;
    for (const { sequencer } of inputs) sequencer.look(); // passes transactions of which no table is read
    const times = inputs.map(({ time }) => time.ms);
    return {
      clock: clockOf(this.#known, times),
      nextMs: earlier(memory.timers.nextMs, routes.nextMs),
      shortestMs: this.#shortestMs,
    };
  }

  /** What is due before the next transaction, and before a move that is. Not to be asked while timers are unread. */
  due(turn: number, changeSetsMax: number): ChangeSet[] {
    const { inputs, memory, routes } = this.#ports;
    if (memory.timers.nextMs === null) return [];
    const clock = clockAhead(inputs, this.timing, turn);
    if (clock === null) return [];
    const untilMs = routes.nextMs === null ? clock : Math.min(clock, routes.nextMs - 1);
    const unknown = [...new Set(inputs.flatMap(({ sequencer }) => sequencer.unknownTables))];
    return memory.timers
      .due(untilMs, changeSetsMax)
      .map((timer) => timerChangeSet(timer, unknown, this.#isUnread(timer) ? clock : undefined));
  }

  #isUnread({ name, dueMs }: DueTimer): boolean {
    const { told = null } = this.#ports;
    return name === PARITY && told !== null && !told.isTried(dueMs);
  }

  /** Where the clock will be when the next transaction is taken, if a move is due by then and no timer is before it. */
  moveDue(turn: number): number | null {
    const { inputs, routes } = this.#ports;
    if (routes.nextMs === null) return null;
    const clock = clockAhead(inputs, this.timing, turn);
    return clock !== null && clock >= routes.nextMs ? clock : null;
  }

  /** Where the clock stands, and commit times that were not believed. @param committed what was behind it would be told again after a failure. */
  tell({ clock, frontiers, refused }: Pick<Boundary, 'clock' | 'frontiers' | 'refused'>): void {
    const { inputs, memory, observe } = this.#ports;
    const sources = inputs.map(({ name }) => ({ source: name, timeMs: frontiers[name]?.timeMs ?? null }));
    const behind = memory.timers.countDue(this.#ports.broker.nowMs);
    observe({ kind: 'clock', clockMs: this.clockAt(clock), sources, behind });
    for (const [source, time] of refused) {
      if (this.#told.get(source) !== time) observe({ kind: 'clockRefused', source, ...time });
      this.#told.set(source, time);
    }
  }
}

/**
 * Routes as the writer meets them: a move that is due, a route that its service has handed over, and then what that service owes, which is
 * published when its route is not its own any more.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import { type Decisions, nothingBut } from '../decide/decisions.js';
import type { Timekeeper } from '../decide/timekeeper.js';
import type { Observer } from '../events.js';
import type { Clock } from '../ports.js';
import { Returning } from '../routes/returning.js';
import type { Routes } from '../routes/routes.js';
import type { Memory } from '../state/memory.js';
import { owedChangeSets } from '../told/owed.js';
import type { ToldInput } from '../told/told-input.js';

export interface RouteStepsPorts {
  readonly routes: Routes;
  readonly memory: Memory;
  /** Contract topics; null or absent: none is moved. */
  readonly told?: ToldInput | null;
  readonly clock: Clock;
  readonly observe: Observer;
}

export class RouteSteps {
  readonly #ports: RouteStepsPorts;
  readonly #time: Timekeeper;
  readonly #returning: Returning;
  #isOwing: boolean;

  /** @param handoverWaitMs how long a service may take to answer before that is told. */
  constructor(ports: RouteStepsPorts, time: Timekeeper, handoverWaitMs: number) {
    const { routes, told = null, clock, observe } = ports;
    this.#ports = ports;
    this.#time = time;
    this.#returning = new Returning({ routes, told, clock, observe }, handoverWaitMs);
    this.#isOwing = routes.hasReturned;
  }

  /** What a move comes to, with the routes as they are from here on; null: none is due, or answered. */
  next(turn: number): Decisions | null {
    const { routes, memory } = this.#ports;
    const clock = this.#time.moveDue(turn);
    const carried = (clock === null ? null : routes.carryOut(clock)) ?? this.#returning.handedOver();
    if (carried === null) return null;
    this.#isOwing = true;
    return { ...nothingBut(memory, [...carried.told, routes.told]), records: carried.records };
  }

  /** Something of what services owe may be theirs no more. */
  get isOwing(): boolean {
    return this.#isOwing;
  }

  /** Of all that owe something, in parts; everything that was decided is stored. @param clock of the boundary. */
  async *owed(changeSetsMax: number, clock: number | null): AsyncGenerator<readonly ChangeSet[], void, void> {
    for await (const fields of this.#ports.memory.owing())
      yield* owedChangeSets([...fields.keys()], changeSetsMax, clock);
    this.#isOwing = false;
  }
}

/**
 * What the proxy can do to one request and its answer. On a real link no byte overtakes another, so an answer that is late holds
 * up all that follow on its connection, and after one that is swallowed nothing more is heard on it.
 */
import type { Random } from '../../legacy-db/workload/random.js';

/**
 * - `cut-answer`: the server has done it; instead of the answer the client sees its connection cut.
 * - `swallow-answer`: the server has done it; the client hears nothing more on this connection, which stays open.
 * - `delay-answer`: the answer comes late.
 * - `cut-request`: the connection is cut, and the server never sees the request.
 * - `cut-in-request`: the server sees half of the request, then both connections are cut.
 */
export type FaultKind = 'cut-answer' | 'swallow-answer' | 'delay-answer' | 'cut-request' | 'cut-in-request';

export const faultKinds: readonly FaultKind[] = [
  'cut-answer',
  'swallow-answer',
  'delay-answer',
  'cut-request',
  'cut-in-request',
];

/** One fault for the next request of this kind; `delayMs` (default 1,000) is for `delay-answer`. */
export interface FaultOrder<Api extends string> {
  readonly on: Api;
  readonly fault: FaultKind;
  readonly delayMs?: number;
}

export interface RandomFaults<Api extends string> {
  readonly seed: number;
  /** For each request of these kinds, from 0 to 1. */
  readonly probability: number;
  readonly on: readonly Api[];
  readonly faults: readonly FaultKind[];
  /** Most that an answer is delayed, evenly drawn; default 1,000. */
  readonly delayMsMax?: number;
}

/** A fault for one request. `done`: it has happened. `missed`: the connection ended before it could. */
export interface Fault {
  readonly kind: FaultKind;
  readonly delayMs: number;
  readonly done: () => void;
  readonly missed: () => void;
}

interface Ordered<Api extends string> {
  readonly order: FaultOrder<Api>;
  readonly done: () => void;
  /** By a request that is under way. */
  taken: boolean;
}

const delayMsDefault = 1_000;

/** What is to go wrong next. Orders come before chance, and are taken in turn. */
export class FaultPlan<Api extends string> {
  readonly #counts = new Map<string, number>();
  #orders: Ordered<Api>[] = [];
  #chance: { readonly settings: RandomFaults<Api>; readonly random: Random } | null = null;

  /** Resolves when it has happened; a request whose connection ends before leaves it to the next. */
  order(order: FaultOrder<Api>): Promise<void> {
    return new Promise((done) => this.#orders.push({ order, done, taken: false }));
  }

  random(settings: RandomFaults<Api>, random: Random): void {
    this.#chance = { settings, random };
  }

  /** Takes back everything that has not begun; what was ordered never resolves then. */
  calm(): void {
    this.#orders = [];
    this.#chance = null;
  }

  /** By `<api> <kind>`: faults that have really happened. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  next(api: Api): Fault | null {
    return this.#ordered(api) ?? this.#drawn(api);
  }

  #ordered(api: Api): Fault | null {
    const found = this.#orders.find(({ order, taken }) => order.on === api && !taken);
    if (found === undefined) return null;
    found.taken = true;
    const { fault: kind, delayMs = delayMsDefault } = found.order;
    const done = (): void => {
      this.#count(api, kind);
      this.#orders = this.#orders.filter((other) => other !== found);
      found.done();
    };
    const missed = (): void => {
      found.taken = false;
    };
    return { kind, delayMs, done, missed };
  }

  #drawn(api: Api): Fault | null {
    if (this.#chance === null) return null;
    const { settings, random } = this.#chance;
    if (!settings.on.includes(api) || !random.chance(settings.probability)) return null;
    const kind = random.pick(settings.faults);
    const delayMs = random.int(0, settings.delayMsMax ?? delayMsDefault);
    return { kind, delayMs, done: () => this.#count(api, kind), missed: () => undefined };
  }

  #count(api: Api, kind: FaultKind): void {
    const name = `${api} ${kind}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}

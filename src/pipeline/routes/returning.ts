/**
 * Routes on their way back. The service answers in the contract's topic, partition by partition; when all of this shard have its handover record,
 * the stage changes, of all contracts that were asked for together: or events of one aggregate would not come in their order. Until then it speaks, as far as it does, so what happens meanwhile is owed, and published then. One that never answers is
 * told after a while, and waits for an operator (`route.take-over`).
 */
import { routeText } from '../../domain/ownership/route.js';
import type { Observer } from '../events.js';
import type { Clock } from '../ports.js';
import type { Standing } from '../progress/ownership.js';
import type { ToldInput } from '../told/told-input.js';
import type { CarriedOut, Routes } from './routes.js';

export interface ReturningPorts {
  readonly routes: Pick<Routes, 'standing' | 'handedOver' | 'topicOf'>;
  /** Null: no contract is moved. */
  readonly told: Pick<ToldInput, 'isReturned'> | null;
  readonly clock: Clock;
  readonly observe: Observer;
}

interface Waited {
  readonly sinceMs: number;
  isTold: boolean;
}

export class Returning {
  readonly #ports: ReturningPorts;
  readonly #waitMs: number;
  /** By route and epoch, since when it is waited for, as far as this task knows. */
  readonly #waited = new Map<string, Waited>();

  /** @param waitMs after which it is told that nobody answers. */
  constructor(ports: ReturningPorts, waitMs: number) {
    this.#ports = ports;
    this.#waitMs = waitMs;
  }

  /** The first that its service has handed over, with those that were asked for with it; null: none is. */
  handedOver(): CarriedOut | null {
    const { routes } = this.#ports;
    const asked = routes.standing().filter(({ returning }) => returning !== undefined);
    this.#look(asked);
    const first = asked.find((route) => together(asked, route).every((each) => this.#isReturned(each)));
    if (first === undefined) return null;
    const all = together(asked, first).flatMap((each) => routes.handedOver(each.contract, each.selector) ?? []);
    return { records: all.flatMap(({ records }) => records), told: all.flatMap(({ told }) => told) };
  }

  #isReturned(route: Standing): boolean {
    const topic = this.#ports.routes.topicOf(route.contract);
    return topic !== undefined && this.#ports.told?.isReturned(route, topic) === true;
  }

  /** Tells once which have waited for too long, and once more when that is over. */
  #look(asked: readonly Standing[]): void {
    if (asked.length === 0 && this.#waited.size === 0) return;
    const nowMs = this.#ports.clock.nowMs();
    const names = new Map(asked.map((route) => [`${routeText(route)} ${route.epoch}`, route]));
    for (const [name, { isTold }] of this.#waited) {
      if (names.has(name)) continue;
      this.#waited.delete(name);
      if (isTold) this.#tell(name, false, 0);
    }
    for (const name of names.keys()) {
      const waited = this.#waited.get(name) ?? { sinceMs: nowMs, isTold: false };
      this.#waited.set(name, waited);
      const forMs = nowMs - waited.sinceMs;
      if (waited.isTold || forMs < this.#waitMs) continue;
      waited.isTold = true;
      this.#tell(name, true, forMs);
    }
  }

  #tell(name: string, isOverdue: boolean, waitedMs: number): void {
    this.#ports.observe({ kind: 'handoverOverdue', route: name.slice(0, name.lastIndexOf(' ')), isOverdue, waitedMs });
  }
}

/** By one command. */
const together = (asked: readonly Standing[], { returning }: Standing): Standing[] =>
  asked.filter((each) => each.returning?.command === returning?.command);

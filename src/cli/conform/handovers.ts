/** Handover records of one topic, partition by partition: who speaks for which aggregates from where on. Pure. */
import { type Handover, readHandover } from '../../domain/ownership/handover.js';
import { type Routed, routeOf, routeText, type Selector, type Stage } from '../../domain/ownership/route.js';
import type { ConformCode } from './codes.js';

/** A route as its last handover record in a partition has it. */
export interface HandedOver {
  readonly selector: Selector;
  readonly epoch: number;
  readonly to: Stage;
  /** Epoch of the last one that led away from the service; 0: none did. */
  readonly away: number;
  /** All moves of it, with their instants: of two routes that have the same what an aggregate began under one it began under the other. */
  readonly moves: string;
  readonly isOfService: boolean;
}

/** Where a handover record stands, when it was written there, and by whom. */
export interface HandoverPlace {
  readonly partition: number;
  readonly atMs: number;
  readonly isOfService: boolean;
}

interface Seen {
  readonly text: string;
  readonly atMs: number;
  readonly partitions: Set<number>;
}

export interface Fault {
  readonly code: ConformCode;
  readonly text: string;
}

export class Handovers {
  count = 0;
  /** By partition, then contract, then route. */
  readonly #partitions = new Map<number, Map<string, Map<string, HandedOver>>>();
  /** By route and epoch. */
  readonly #seen = new Map<string, Seen>();

  /** @param topicOf a contract; undefined: it is not known here. */
  see(
    value: string,
    { partition, atMs, isOfService }: HandoverPlace,
    topicIs: (contract: string) => boolean,
  ): Fault | null {
    this.count += 1;
    const handover = readHandover(value);
    if (typeof handover === 'string') return { code: 'HANDOVER_INVALID', text: handover };
    const { contract, epoch, selector, to, at } = handover;
    const route = routeText(handover);
    if (!topicIs(contract))
      return { code: 'HANDOVER_INVALID', text: `${route}: this is not the topic of ${contract}.` };
    const routes = this.#routesOf(partition, contract);
    const before = routes.get(route);
    this.#note(handover, partition, atMs);
    // Where a route is taken from a service that has begun to hand it over, the same is said once more, of all partitions.
    const isTaken = before?.isOfService === true && !isOfService && before.to === to;
    if (before?.epoch === epoch && !isTaken)
      return { code: 'HANDOVER_TWICE', text: `${route}, epoch ${epoch}, stood in this partition before.` };
    if (before !== undefined && before.epoch > epoch)
      return { code: 'HANDOVER_BACK', text: `${route}: epoch ${epoch} stands behind epoch ${before.epoch}.` };
    const away = to === 'service' ? (before?.away ?? 0) : epoch;
    routes.set(route, { selector, epoch, to, away, isOfService, moves: `${before?.moves ?? ''} ${to} ${at}` });
    return null;
  }

  /** The route that counts, of those that were moved before this place. Undefined: none was. */
  routeAt(partition: number, contract: string, routed: Routed): HandedOver | undefined {
    return routeOf([...this.#routesOf(partition, contract).values()], routed);
  }

  /** Something was moved of it. */
  isRouted(partition: number, contract: string): boolean {
    return this.#routesOf(partition, contract).size > 0;
  }

  /** @param reaches whether a partition has all that was written to it since that time. */
  missing(
    partitions: number,
    reaches: (partition: number, ms: number) => boolean,
  ): { partition: number; text: string }[] {
    return [...this.#seen.values()].flatMap(({ text, atMs, partitions: seen }) =>
      Array.from({ length: partitions }, (_, partition) => partition)
        .filter((partition) => !seen.has(partition) && reaches(partition, atMs))
        .map((partition) => ({
          partition,
          text: `${text} stands in ${seen.size} other partitions, and not in this one.`,
        })),
    );
  }

  #note(handover: Handover, partition: number, atMs: number): void {
    const text = `${routeText(handover)}, epoch ${handover.epoch},`;
    const seen = this.#seen.get(text) ?? { text, atMs, partitions: new Set<number>() };
    seen.partitions.add(partition);
    this.#seen.set(text, seen);
  }

  #routesOf(partition: number, contract: string): Map<string, HandedOver> {
    const contracts = this.#partitions.get(partition) ?? new Map<string, Map<string, HandedOver>>();
    this.#partitions.set(partition, contracts);
    const routes = contracts.get(contract) ?? new Map<string, HandedOver>();
    contracts.set(contract, routes);
    return routes;
  }
}

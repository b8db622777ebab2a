/**
 * Whose aggregates are under the contracts that may move, and what is owed (docs/routes.md). The truth is in each aggregate's memory; these are sums of
 * it, changed in the Kafka transaction that changes it. Cells like all others:
 *
 *   ~ownership   by contract and what is counted, with a tab between: how many
 *
 * The sum over all shards counts: after another number of shards is taken into use, what one of them has alone may be below 0. Nothing is written
 * while no route is a service's.
 */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { own } from '../../translate/own.js';
import { contractsOf, isUnseen } from '../../translate/publish/owners.js';
import type { Routing } from '../../translate/publish/routing.js';
import type { Cell } from '../ports.js';

export const OWNERSHIP = '~ownership';
const TAB = '\t';

/**
 * `service`, `open`: aggregates of a sticky contract that are, or are not settled. `legacy`: that were first seen while some route of it was a
 * service's, and are legacy's; those before are not counted. `owed`: facts that happened and the service has not told.
 */
export const OWNERSHIP_KINDS = ['service', 'open', 'legacy', 'owed'] as const;
export type OwnershipKind = (typeof OWNERSHIP_KINDS)[number];

export interface OwnershipCount {
  /** `OrderReady.v1`. */
  readonly contract: string;
  readonly what: OwnershipKind;
  readonly count: number;
}

/** A cell as it is meant; null: this version does not know what it counts. */
export function ownershipCount(field: string, text: string): OwnershipCount | null {
  const [contract = '', name] = field.split(TAB);
  const what = OWNERSHIP_KINDS.find((kind) => kind === name);
  return what === undefined ? null : { contract, what, count: Number(text) };
}

export class OwnershipCounts {
  /** By field. */
  readonly #counts = new Map<string, number>();
  readonly #fresh = new Set<string>();

  /** Forgets everything but these, which are stored. */
  reset(stored: Iterable<readonly [field: string, text: string]>): void {
    this.#counts.clear();
    this.#fresh.clear();
    for (const [field, text] of stored) this.#counts.set(field, Number(text));
  }

  /** @param before null: it was never heard of. @param aggregate undefined: the rules have it no more. */
  change(
    before: AggregateState | null,
    after: AggregateState,
    aggregate: CompiledAggregate | undefined,
    routing: Routing | undefined,
  ): void {
    if (routing === undefined) return;
    if (before?.owners !== after.owners) this.#changeOwners(before?.owners ?? NONE, after.owners ?? NONE);
    if (before?.owed !== after.owed) this.#changeOwed(before?.owed ?? NONE, after.owed ?? NONE);
    if (aggregate === undefined || !(before === null || isUnseen(before)) || isUnseen(after)) return;
    for (const contract of contractsOf(aggregate)) {
      const routed = routing.of(contract);
      if (routed?.isSticky !== true || !routed.isServed || own(before?.owners ?? NONE, contract) === 'open') continue;
      const owner = own(after.owners ?? NONE, contract);
      if (owner === undefined || owner === 'legacy') this.#count(contract, 'legacy', 1);
    }
  }

  #changeOwners(before: Owners, after: Owners): void {
    for (const contract of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [was, is] = [own(before, contract), own(after, contract)];
      if (was === is) continue;
      if (was === 'service' || was === 'open') this.#count(contract, was, -1);
      if (is === 'service' || is === 'open') this.#count(contract, is, 1);
      else if (was === 'open') this.#count(contract, 'legacy', 1);
    }
  }

  #changeOwed(before: AllOwed, after: AllOwed): void {
    for (const contract of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [was, is] = [own(before, contract), own(after, contract)];
      if (was !== is) this.#count(contract, 'owed', sizeOf(is) - sizeOf(was));
    }
  }

  all(): OwnershipCount[] {
    return [...this.#counts].flatMap(([field, count]) => ownershipCount(field, String(count)) ?? []);
  }

  /** What is to be stored of it. */
  takeFresh(): Cell[] {
    const cells = [...this.#fresh].map((field): Cell => {
      const count = this.#counts.get(field) ?? 0;
      return { hash: OWNERSHIP, field, value: count === 0 ? null : String(count) };
    });
    this.#fresh.clear();
    return cells;
  }

  #count(contract: string, what: OwnershipKind, by: number): void {
    if (by === 0) return;
    const field = `${contract}${TAB}${what}`;
    this.#counts.set(field, (this.#counts.get(field) ?? 0) + by);
    this.#fresh.add(field);
  }
}

type Owners = NonNullable<AggregateState['owners']>;
type AllOwed = NonNullable<AggregateState['owed']>;

const NONE: Owners & AllOwed = {};

const sizeOf = (all: Readonly<Record<string, unknown>> | undefined): number =>
  all === undefined ? 0 : Object.keys(all).length;

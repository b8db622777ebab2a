/**
 * A capability: contracts that move together from the legacy system to a new service, by what parts of the business they may move, and how they
 * stand at first. How they stand later is a matter of operators (docs/routes.md).
 */
import type { Selector, Stage } from '../../domain/ownership/route.js';
import type { ContractDefinition } from '../contract.js';
import type { ParityOptions } from '../parity/parity.js';
import type { EchoOptions } from './echoes.js';

export const OWNERS = ['sticky', 'immediate'] as const;
/**
 * - `sticky`: whose an aggregate is is settled when it is first seen, and stays so: what begins in one system ends there.
 * - `immediate`: it moves with its route.
 */
export type OwnerKind = (typeof OWNERS)[number];

export const INITIAL_STAGES = ['shadow', 'legacy'] as const satisfies readonly Stage[];

/** A route before anybody moved it. */
export interface InitialRoute {
  /** By names of `by`; absent: all. */
  readonly context?: Readonly<Record<string, string>>;
  /** Percent of the aggregates, half open. Absent: all. */
  readonly share?: NonNullable<Selector['share']>;
  /** A route comes to its service by a move only: that writes the fence. */
  readonly stage: (typeof INITIAL_STAGES)[number];
}

export interface CapabilityOptions {
  readonly contracts: readonly ContractDefinition[];
  /** Names of the context of the contracts' aggregates, each with the values that may be moved by themselves. Absent: none. */
  readonly by?: Readonly<Record<string, readonly string[]>>;
  /** Absent: `sticky`. */
  readonly owner?: OwnerKind;
  /** Absent: `legacy`, all of it. It counts until a contract is moved for the first time. */
  readonly initially?: readonly InitialRoute[];
  /** What the service publishes on trial is compared with what Dragoman publishes (docs/parity.md). Absent: nothing is compared. */
  readonly parity?: ParityOptions;
  /** How the service's own changes of legacy rows are known. Absent: they are taken for legacy's, as any other. */
  readonly echoes?: EchoOptions;
}

export interface CapabilityDefinition extends Required<Omit<CapabilityOptions, 'parity' | 'echoes'>> {
  readonly name: string;
  readonly parity: ParityOptions | null;
  readonly echoes: EchoOptions | null;
}

/** Declares a capability. @param name of small letters, digits and `-`, for people and commands. */
export const capability = (
  name: string,
  { contracts, by = {}, owner = 'sticky', initially = [], parity, echoes }: CapabilityOptions,
): CapabilityDefinition => ({
  ...{ name, contracts, by, owner, initially, parity: parity ?? null, echoes: echoes ?? null },
});

/** Capabilities as the pipeline asks them: by contract. They were checked. Pure. */
import { contractText } from '../../domain/integration-event.js';
import { type Route, selectorOf } from '../../domain/ownership/route.js';
import { type CompiledParity, compileParity } from '../parity/parity.js';
import type { CapabilityDefinition } from './capability.js';
import { type CompiledEchoes, compiledEchoes } from './echoes.js';

export interface CompiledCapability {
  readonly name: string;
  /** `OrderReady.v1`, in the order of its declaration. */
  readonly contracts: readonly string[];
  /** By names of a context: the values that may be moved by themselves. */
  readonly by: Readonly<Record<string, readonly string[]>>;
  readonly isSticky: boolean;
  readonly initially: readonly Pick<Route, 'selector' | 'stage'>[];
  /** Null: nothing is compared. */
  readonly parity: CompiledParity | null;
  /** Null: the service's own changes of legacy rows are not told from others. */
  readonly echoes: CompiledEchoes | null;
}

/** By contract. */
export const routedContracts = (
  capabilities: readonly CapabilityDefinition[],
): ReadonlyMap<string, CompiledCapability> =>
  new Map(
    capabilities.flatMap(({ name, contracts: definitions, by, owner, initially, parity, echoes }) => {
      const contracts = definitions.map((each) => contractText(each.name, each.majorVersion));
      const routes = initially.map(({ context = {}, share, stage }) => ({
        selector: selectorOf(context, share),
        stage,
      }));
      const compiled: CompiledCapability = {
        ...{ name, contracts, by, isSticky: owner === 'sticky', initially: routes, echoes: compiledEchoes(echoes) },
        parity: parity === null ? null : compileParity(parity),
      };
      return contracts.map((contract) => [contract, compiled] as const);
    }),
  );

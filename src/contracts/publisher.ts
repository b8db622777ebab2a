/** Where the events of a contract come from: one fact of one aggregate, because two would give the same ids. Pure. */
import { invariant } from '../invariant.js';
import type { CompiledAggregate, CompiledFact, CompiledRules } from '../rules/compile.js';
import type { ContractDefinition } from '../rules/contract.js';

export interface Publisher {
  readonly aggregate: CompiledAggregate;
  readonly fact: CompiledFact;
}

/** @param contract of these rules. */
export function publisherOf(contract: ContractDefinition, { aggregates }: CompiledRules): Publisher {
  const all = [...aggregates.values()].flatMap((aggregate) => aggregate.facts.map((fact) => ({ aggregate, fact })));
  const found = all.find(({ fact }) => fact.publications.some((each) => each.contract === contract));
  invariant(found !== undefined, 'A contract of the rules is published by one of their facts.');
  return found;
}

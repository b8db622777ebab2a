/**
 * Where the events of a contract come from: one fact of one aggregate, because two would give the same ids; of a contract under which events are
 * corrected, that of the events that it corrects. Pure.
 */
import { invariant } from '../invariant.js';
import type { CompiledAggregate, CompiledFact, CompiledRules } from '../rules/compile.js';
import type { ContractDefinition } from '../rules/contract.js';

export interface Publisher {
  readonly aggregate: CompiledAggregate;
  readonly fact: CompiledFact;
  /** The contract whose events are corrected; null: none, they tell of the fact themselves. */
  readonly corrects: ContractDefinition | null;
}

/** @param contract of these rules. */
export function publisherOf(contract: ContractDefinition, rules: CompiledRules): Publisher {
  const { aggregates, corrections } = rules;
  const corrected = [...corrections.values()].find((each) => each.correction === contract)?.contract;
  if (corrected !== undefined) return { ...publisherOf(corrected, rules), corrects: corrected };
  const all = [...aggregates.values()].flatMap((aggregate) => aggregate.facts.map((fact) => ({ aggregate, fact })));
  const found = all.find(({ fact }) => fact.publications.some((each) => each.contract === contract));
  invariant(found !== undefined, 'A contract of the rules is published by one of their facts.');
  return { ...found, corrects: null };
}

/** The explicit second step: which fact is published under which contract, with which fields. Unpublished facts stay internal. */
import type { z } from 'zod';
import type { Contract, ContractDefinition } from './contract.js';
import type { Declared, Fact, FactDefinition, JsonObject } from './fact.js';

/** The answer of a publication that does not publish, with the reason. Made by `withhold`. */
export class Withheld {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

export interface PublicationTools {
  /** Does not publish this occurrence, for ever; the journal keeps the reason. */
  readonly withhold: (reason: string) => Withheld;
}

export interface Publication {
  readonly fact: FactDefinition;
  readonly contract: ContractDefinition;
  readonly map: (fact: Fact<JsonObject>, tools: PublicationTools) => unknown;
}

/** `publish(fact).as(contract, (fact) => fields)`; one fact may be published under several contracts. */
export const publish = <D, N extends string>(fact: Declared<D, N>) => ({
  as: <S extends z.ZodObject>(
    contract: Contract<S>,
    map: (fact: Fact<D, N>, tools: PublicationTools) => z.input<S> | Withheld,
  ): Publication => ({ fact, contract, map: map as unknown as Publication['map'] }),
});

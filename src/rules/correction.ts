/**
 * How events that turned out to be wrong are corrected: by events under a contract of their own, each of which names the one that it corrects. Made when
 * an operator asks for it, never by itself. docs/repairing.md.
 */
import type { z } from 'zod';
import { CORRECTS_FIELD } from '../domain/repair/headers.js';
import type { Aggregate, AggregateDefinition, Members, ViewOf } from './aggregate.js';
import type { Contract, ContractDefinition } from './contract.js';
import type { AggregateView } from './fact.js';
import type { Publication, PublicationTools, Withheld } from './publication.js';
import type { Lookups, LookupsOf } from './tables/lookup.js';

/** What every event has besides the fields of its contract, its key and its context. */
export interface EventAsPublished {
  readonly eventId: string;
  readonly occurredAt: string;
  readonly sequence: number;
}

export interface CorrectionDefinition {
  /** Of the events that are corrected. */
  readonly contract: ContractDefinition;
  readonly aggregate: AggregateDefinition;
  /** Of the events that correct. */
  readonly correction: ContractDefinition;
  readonly map: (
    given: { readonly event: Readonly<Record<string, unknown>>; readonly aggregate: AggregateView },
    tools: PublicationTools,
  ) => unknown;
}

/** The event as it was published, and its aggregate as it is known now. */
export interface Corrected<S extends z.ZodObject, M extends Members, L extends Lookups> {
  readonly event: z.output<S> & EventAsPublished;
  readonly aggregate: ViewOf<M> & LookupsOf<L>;
}

/** `correct(contract, aggregate).as(correction, ({ event, aggregate }) => fields)`; one contract is corrected under one other. */
export const correct = <S extends z.ZodObject, M extends Members, L extends Lookups, N extends string>(
  contract: Contract<S>,
  aggregate: Aggregate<M, L, N>,
) => ({
  as: <C extends z.ZodObject>(
    correction: Contract<C>,
    map: (given: Corrected<S, M, L>, tools: PublicationTools) => z.input<C> | Withheld,
  ): CorrectionDefinition => ({
    ...{ contract, aggregate, correction },
    map: map as unknown as CorrectionDefinition['map'],
  }),
});

/** All contracts of a rule set, without repetition: those under which facts are published, then those under which events are corrected. */
export const contractsIn = ({
  publications,
  corrections = [],
}: {
  readonly publications: readonly Pick<Publication, 'contract'>[];
  readonly corrections?: readonly Pick<CorrectionDefinition, 'correction'>[];
}): ContractDefinition[] => [
  ...new Set([...publications.map(({ contract }) => contract), ...corrections.map(({ correction }) => correction)]),
];

/** Not a name of a field of a contract under which events are corrected, as it has one of its own. */
export const isTakenByCorrection = (name: string): boolean => name === CORRECTS_FIELD;

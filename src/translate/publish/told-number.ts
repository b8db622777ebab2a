/** What a service published, as an aggregate remembers it. Pure. */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { contractText } from '../../domain/integration-event.js';
import type { ContractDefinition } from '../../rules/contract.js';
import type { Happened } from '../decide.js';
import { ownIn } from '../own.js';

/** Number under which a service published it; undefined: none did. @param contract `OrderReady.v1`. */
export const numberTold = (
  { told }: Pick<AggregateState, 'told'>,
  contract: string,
  occurrence: string,
): number | undefined => (told === undefined ? undefined : ownIn(told, contract, occurrence));

/** A service published it under this contract. */
export const isTold = (
  state: Pick<AggregateState, 'told'>,
  { name, majorVersion }: Pick<ContractDefinition, 'name' | 'majorVersion'>,
  occurrence: string,
): boolean => numberTold(state, contractText(name, majorVersion), occurrence) !== undefined;

/** Under each contract that the fact is published under. */
export const isToldWhole = (state: AggregateState, { fact, occurrence }: Happened): boolean =>
  state.told !== undefined &&
  fact.publications.length > 0 &&
  fact.publications.every(({ contract }) => isTold(state, contract, occurrence));

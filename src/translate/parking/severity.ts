/** How much is at stake while an aggregate is parked: the importance of the facts that it may still come to. Pure. */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { CompiledAggregate, CompiledFact } from '../../rules/compile.js';
import { IMPORTANCES, type Importance, isNumbered } from '../../rules/fact.js';
import { own } from '../own.js';

/** The highest; null when nothing is at stake. @param aggregate undefined: no rule declares it any more. */
export function severityOf(
  aggregate: Pick<CompiledAggregate, 'facts' | 'severity' | 'keeps'> | undefined,
  state: Pick<AggregateState, 'fired'>,
): Importance | null {
  if (aggregate === undefined) return null;
  // Rows that wait for their parent, or that others look up, are as important as those others.
  if (aggregate.keeps !== null) return aggregate.severity;
  const open = aggregate.facts.filter((fact) => mayHappen(fact, state)).map(({ definition }) => definition.importance);
  return IMPORTANCES.find((importance) => open.includes(importance)) ?? null;
}

/** A milestone that is reached once in a life, and was, is at stake no more, and nor is that it may be overdue. */
const mayHappen = ({ name, definition, deadlineOf }: CompiledFact, { fired }: Pick<AggregateState, 'fired'>): boolean =>
  definition.kind === 'row' || isNumbered(definition) || own(fired, deadlineOf ?? name) === undefined;

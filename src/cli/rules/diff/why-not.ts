/** Why one set of rules did not tell, in a source transaction, what another told there. In words; names of conditions are the author's. Pure. */
import { eventId } from '../../../domain/event-id.js';
import type { Verdict } from '../../../domain/state/journal-entry.js';
import type { Told, ToldContract, ToldEvent } from './told.js';

/**
 * @param event which `told` does not have in that source transaction.
 * @param there its contract, where it was told.
 */
export function whyNot(told: Told, event: ToldEvent, there: ToldContract | undefined): string {
  const here = told.contracts.get(event.contract);
  const { name } = told;
  if (here === undefined) return `${name} publishes nothing under ${event.contract}`;
  const decision = told.decision(event, event.cause);
  if (decision === undefined) return `none of its rows was seen in ${name} in that transaction`;
  if (decision.refusal !== null) return `parked in ${name}, ${decision.refusal.code}: ${decision.refusal.text}`;
  const names = here.facts.map(({ definition }) => definition.name);
  const asked = decision.verdicts.filter(({ fact }) => names.includes(fact));
  const ofEvent = asked.filter(({ occurrence }) => isOf(occurrence, event));
  // What was withheld has happened, too.
  const withheld = ofEvent.find((one) => one.verdict === 'withheld' && one.contract === event.event.type);
  const verdict = withheld ?? ofEvent[0] ?? asked[0];
  return verdict === undefined
    ? `nothing changed that its fact in ${name} asks about`
    : verdictWords(verdict, name, there);
}

const isOf = (occurrence: string, { event, id }: ToldEvent): boolean =>
  eventId({ contract: event.type, majorVersion: event.version, aggregateId: id, occurrence }) === event.id;

function verdictWords(verdict: Verdict, name: string, there: ToldContract | undefined): string {
  switch (verdict.verdict) {
    case 'unmet':
      return unmetWords(verdict, name, there);
    case 'already':
      return `in ${name} it had held before, and was not published then`;
    case 'withheld':
      return `withheld in ${name}: ${verdict.reason}`;
    case 'learnt':
      return `in ${name} it was learnt and not published, by an intervention`;
    case 'fired':
    case 'missed':
      return `in ${name} it happened as another occurrence`;
  }
}

/** A condition that the others do not ask is the difference by itself. */
function unmetWords(
  { unmet, unknown }: Extract<Verdict, { verdict: 'unmet' }>,
  told: string,
  there: ToldContract | undefined,
): string {
  const asked = new Set(there?.facts.flatMap(({ definition }) => definition.conditions.map(({ name }) => name)));
  const words = (name: string, what: string): string =>
    `"${name}" ${what} in ${told}${asked.size === 0 || asked.has(name) ? '' : ' (the other does not ask it)'}`;
  return [
    ...unmet.map((name) => words(name, 'did not hold')),
    ...unknown.map((name) => words(name, 'was not known')),
  ].join('; ');
}

/** Events by the discrepancies that they repair: those whose loss, place or content a check found, and what a consumer lacks of an aggregate. Pure. */
import { eventId } from '../../domain/event-id.js';
import type { Discrepancy } from '../../domain/reconciliation/discrepancy.js';
import { nameOf, type PublishedBefore } from './published-before.js';

/** What is repaired by publishing once more; of the others (there twice, or nobody's) nothing is lacking. */
const REPAIRABLE: ReadonlySet<string> = new Set(['missing', 'different', 'outOfOrder', 'late']);

export const isRepairable = ({ class: is, aggregate, check }: Discrepancy): boolean =>
  REPAIRABLE.has(is) && aggregate !== '' && check !== 'source';

export class Repairables {
  /** By aggregate. */
  readonly #all = new Map<string, Discrepancy[]>();

  constructor(all: readonly Discrepancy[]) {
    for (const each of all) {
      const name = nameOf({ aggregate: each.aggregate, id: each.businessKey });
      this.#all.set(name, [...(this.#all.get(name) ?? []), each]);
    }
  }

  get aggregates() {
    return [...this.#all.values()].flatMap(([first]) =>
      first === undefined ? [] : [{ aggregate: first.aggregate, id: first.businessKey }],
    );
  }

  /** With the ids of those that it repairs; null: it repairs none. */
  repairedBy(event: PublishedBefore): PublishedBefore | null {
    const own = (this.#all.get(nameOf(event)) ?? []).filter((each) => isRepairedBy(each, event));
    return own.length === 0 ? null : { ...event, discrepancies: own.map(({ id }) => id) };
  }
}

/** Of an occurrence its event; else all that was published of the aggregate, under the contract where one is named. */
function isRepairedBy({ contract, subject }: Discrepancy, event: PublishedBefore): boolean {
  if (contract !== null && contract !== event.contract) return false;
  const { occurrence } = subject;
  if (occurrence === undefined || contract === null) return true;
  const dot = contract.lastIndexOf('.v');
  const of = { contract: contract.slice(0, dot), majorVersion: Number(contract.slice(dot + 2)) };
  return eventId({ ...of, aggregateId: event.id, occurrence }) === event.event;
}

/**
 * The verdict of the fault suite, by classes of error. Pure.
 *
 * In:  the comparison with the oracle, what the journal tells, what the store holds, what happened on the way.
 * Out: for each class every case, in words; all empty when nothing is wrong.
 */
import type { ExpectedEvent } from '../../legacy-db/oracle/expected-events.js';
import type { Differences } from '../e2e/compare.js';
import { occurrenceOf, placeOf, readPublished, type PublishedRecord } from '../e2e/published.js';

/** Class -> what is counted. */
export const CLASSES = {
  lost: 'the oracle expects an event, its rows came into Kafka, and no committed record tells of it',
  'duplicate, equal id': 'a fact has two committed records with the same event id',
  'duplicate, other id': 'a fact has two committed records with different event ids, or one id tells of two facts',
  'half transaction':
    'a journal entry without its events, an event without its journal entry, or some events of a source transaction without the others',
  'out of order': 'events of an order stand on several partitions, or not in the order in which the database committed',
  'sequence gap': 'the events of an order under one contract and major version are not numbered 1, 2, 3 ...',
  'wrong content':
    'a field, a header or the key is not what the oracle says; an aborted record had another id than its committed one',
  unexpected: 'a committed record tells of something that did not happen, or cannot be read',
  'wrongly parked': 'an order is parked, and should not be, or the other way round',
  'wrong state': 'Redis does not hold a cell as its newest record in the state topic says',
  stuck:
    'no event of a new transaction in time after a fault, a part that does not come back, or not everything read in the end',
  'not at once': 'the first nemesis of a pair was over before the second one struck, so that the run has not shown it',
  'own end': 'a Dragoman process ended though nobody ended it, and not because something was away (exit code 5)',
} as const;

export type ErrorClass = keyof typeof CLASSES;
export type Findings = Readonly<Record<ErrorClass, readonly string[]>>;

/** What the committed records of the journal say. */
export interface JournalTale {
  /** Event id -> aggregate, one for each time that a journal entry names it. */
  readonly events: readonly (readonly [id: string, aggregate: string])[];
}

export interface Evidence {
  readonly differences: Differences;
  readonly parkedDifferently: readonly string[];
  readonly expected: readonly ExpectedEvent[];
  readonly committed: readonly PublishedRecord[];
  readonly journal: JournalTale;
  readonly wrongStates: readonly string[];
  readonly stuck: readonly string[];
  readonly notTogether: readonly string[];
  readonly ownEnds: readonly string[];
  /** Rows of an order's tables that came into Kafka, by transaction (`752:26777968`); without those of which no END came. */
  readonly arrived: ReadonlyMap<string, number>;
}

/**
 * Events of transactions of which fewer rows came into Kafka than the database committed: lost by a fault of the connector (docs/sequencing.md, "Rows
 * that the connector loses"). They are counted apart, because nobody behind Kafka can bring them back.
 */
export function lostByConnector({ differences, expected, arrived }: Evidence): string[] {
  const missing = new Set(differences.missing);
  const isShort = ({ causation: { txid, commitEndLsn, rows } }: ExpectedEvent): boolean =>
    (arrived.get(`${txid}:${commitEndLsn}`) ?? rows) < rows;
  return expected
    .filter(isShort)
    .map(occurrenceOf)
    .filter((occurrence) => missing.has(occurrence));
}

export function findings(evidence: Evidence): Findings {
  const { differences, parkedDifferently, expected, committed, journal, wrongStates } = evidence;
  const { stuck, notTogether, ownEnds } = evidence;
  const before = new Set(lostByConnector(evidence));
  const lost = differences.missing.filter((occurrence) => !before.has(occurrence));
  return {
    lost,
    'duplicate, equal id': differences.repeated,
    'duplicate, other id': differences.twice,
    'half transaction': [...halfCommits(committed, journal), ...halfSources(expected, lost)],
    'out of order': differences.outOfOrder,
    'sequence gap': differences.misnumbered,
    'wrong content': differences.wrongContent,
    unexpected: differences.unexpected,
    'wrongly parked': parkedDifferently,
    'wrong state': wrongStates,
    stuck,
    'not at once': notTogether,
    'own end': ownEnds,
  };
}

export const errorCount = (found: Findings): number =>
  Object.values(found).reduce((sum, cases) => sum + cases.length, 0);

/** Events and their journal entry are written in one Kafka transaction. */
function halfCommits(committed: readonly PublishedRecord[], { events }: JournalTale): string[] {
  const published = new Map<string, string>();
  for (const record of committed) {
    const read = readPublished(record);
    if (typeof read !== 'string') published.set(read.eventId, placeOf(record));
  }
  const journalled = new Set<string>();
  const faults: string[] = [];
  for (const [id, aggregate] of events) {
    if (journalled.has(id)) faults.push(`event ${id} stands in two journal entries of ${aggregate}`);
    else if (!published.has(id))
      faults.push(`event ${id} stands in the journal entry of ${aggregate}, and is not there`);
    journalled.add(id);
  }
  for (const [id, place] of published) {
    if (!journalled.has(id)) faults.push(`event ${id} at ${place} stands in no journal entry`);
  }
  return faults;
}

function halfSources(expected: readonly ExpectedEvent[], missing: readonly string[]): string[] {
  const lost = new Set(missing);
  const counts = new Map<string, { there: number; lost: number }>();
  for (const event of expected) {
    const id = String(event.causation.txid);
    const count = counts.get(id) ?? { there: 0, lost: 0 };
    counts.set(id, count);
    if (lost.has(occurrenceOf(event))) count.lost += 1;
    else count.there += 1;
  }
  return [...counts]
    .filter(([, count]) => count.there > 0 && count.lost > 0)
    .map(([id, count]) => `source transaction ${id}: ${count.there} events are there, ${count.lost} are not`);
}

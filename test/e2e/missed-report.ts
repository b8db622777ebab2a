/**
 * What Dragoman says it has missed: verdicts `missed` in its journal. It can say so of orders that it knew before; one that it first
 * sees in a snapshot has no before to compare with.
 */
import type { MissedFact } from '../../legacy-db/oracle/expected-events.js';
import { readTopic } from './console-consumer.js';
import { occurrenceOf, type PublishedRecord } from './published.js';
import type { Scene } from './scene.js';
import type { CommonStack } from './tools.js';

interface Entry {
  readonly id: string;
  readonly verdicts: readonly { readonly fact: string; readonly verdict: string; readonly occurrence?: string }[];
}

export interface MissedDifferences {
  /** Dragoman's, however often said. */
  readonly reported: number;
  readonly unreported: readonly string[];
  readonly reportedWrongly: readonly string[];
  readonly reportedTwice: readonly string[];
}

export async function compareMissed(
  stack: CommonStack,
  scene: Scene,
  expected: readonly MissedFact[],
): Promise<MissedDifferences> {
  const records = await readTopic(stack, { topic: scene.journalTopic, isolation: 'read_committed' });
  const said = records.filter(({ value }) => value !== '').flatMap(missedIn);
  const wanted = new Set(expected.filter(({ wasKnown }) => wasKnown).map(occurrenceOf));
  const known = new Set(said);
  return {
    reported: known.size,
    unreported: [...wanted].filter((fact) => !known.has(fact)),
    reportedWrongly: [...known].filter((fact) => !wanted.has(fact)),
    reportedTwice: said.filter((fact, index) => said.indexOf(fact) !== index),
  };
}

function missedIn({ value }: PublishedRecord): string[] {
  const { id, verdicts } = JSON.parse(value) as Entry;
  return verdicts
    .filter(({ verdict }) => verdict === 'missed')
    .map(({ fact, occurrence }) => occurrenceOf({ eventType: fact, orderId: id, occurrence: rowNumber(occurrence) }));
}

/** A milestone has no row; of a composite key (order, request) the last part is the row's own. */
const rowNumber = (occurrence = ''): string =>
  occurrence === '' ? 'once' : occurrence.slice(occurrence.lastIndexOf('/') + 1);

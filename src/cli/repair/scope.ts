/** What a repair is about: of aggregates that are named by their histories, else by the journal from one time to another. */
import type { AggregateRef } from '../../domain/change-set.js';
import { aggregateText } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import type { OwnRecord } from '../../pipeline/ports.js';
import { isOfNow, journalEntry } from '../../pipeline/state/journal-entries.js';
import { historyOf } from '../../why/history/chain.js';
import type { RepairDesk } from './desk.js';
import type { Repairables } from './discrepancies.js';
import { doneIn, type EntryRead, type Filter, publishedIn, type PublishedBefore } from './published-before.js';

export interface Scope {
  /** First name of its type; absent: of all. */
  readonly aggregate?: string;
  /** Business keys; none: all. */
  readonly ids: readonly string[];
  readonly filter: Filter;
  /** Of these alone: then nothing is said by `aggregate` and `ids`. */
  readonly repairs?: Repairables;
  /** The repair: what it has done is left out. */
  readonly repair: string;
  readonly isResumed: boolean;
}

export interface Found {
  readonly all: readonly PublishedBefore[];
  /** Done by this repair before. */
  readonly done: number;
  /** For people: what could not be looked at. */
  readonly notes: readonly string[];
}

/** Events that one repair may be about. */
export const SCOPE_MAX = 100_000;

type Reads = Pick<RepairDesk, 'states' | 'journal' | 'written'>;

/** @throws DragomanError COMMAND_REFUSED */
export async function foundIn(scope: Scope, desk: Reads): Promise<Found> {
  const collected = new Collected(scope);
  if (scope.repairs !== undefined) await ofDiscrepancies(scope.repairs, collected, desk);
  else if (scope.ids.length > 0)
    for (const id of scope.ids) await ofAggregate({ aggregate: scope.aggregate ?? '', id }, collected, desk);
  else await ofTime(scope, collected, desk);
  const found = collected.found();
  const { events: wanted = new Set<string>() } = scope.filter;
  const [never] = [...wanted].filter((event) => !collected.knows(event));
  if (never === undefined) return found;
  if (scope.repairs !== undefined) return found;
  const code = found.notes.length === 0 ? 'REPAIR_NEVER_PUBLISHED' : 'REPAIR_EXPIRED';
  throw new DragomanError(
    'COMMAND_REFUSED',
    `${code}: no decision in what was looked at published an event ${never}. ${found.notes.join(' ')}`,
  );
}

class Collected {
  readonly #scope: Scope;
  readonly #all: PublishedBefore[] = [];
  readonly #done = new Set<string>();
  readonly notes: string[] = [];

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  see(read: EntryRead): void {
    const { aggregate, filter, repair } = this.#scope;
    if (aggregate !== undefined && read.entry.aggregate !== aggregate) return;
    for (const event of doneIn(read.entry, repair)) this.#done.add(event);
    const { repairs } = this.#scope;
    for (const event of publishedIn(read, filter)) {
      const repaired = repairs === undefined ? event : repairs.repairedBy(event);
      if (repaired !== null) this.#all.push(repaired);
    }
    if (this.#all.length > SCOPE_MAX)
      throw new DragomanError('COMMAND_REFUSED', `More than ${SCOPE_MAX} events are in this scope: make it narrower.`);
  }

  knows(event: string): boolean {
    return this.#all.some((one) => one.event === event);
  }

  found(): Found {
    const all = this.#all.filter(({ event }) => !this.#done.has(event));
    return { all, done: this.#all.length - all.length, notes: this.notes };
  }
}

/** One that cannot be repaired keeps no other from it. */
async function ofDiscrepancies(repairs: Repairables, collected: Collected, desk: Reads): Promise<void> {
  for (const ref of repairs.aggregates)
    try {
      await ofAggregate(ref, collected, desk);
    } catch (error) {
      if (!(error instanceof DragomanError) || error.code !== 'COMMAND_REFUSED') throw error;
      collected.notes.push(error.message);
    }
}

async function ofAggregate(ref: AggregateRef, collected: Collected, { states, journal }: Reads): Promise<void> {
  const name = aggregateText(ref);
  const [state = null] = await states([name]);
  if (state === null) throw new DragomanError('COMMAND_REFUSED', `REPAIR_AGGREGATE_UNKNOWN: no ${name} is known.`);
  if (state.isErased === true) throw new DragomanError('COMMAND_REFUSED', `REPAIR_FORGOTTEN: ${name} was forgotten.`);
  const { entries, end, missing } = await historyOf(ref, state, journal);
  for (const { entry, offset, writtenMs } of entries.toReversed()) collected.see({ entry, offset, writtenMs });
  if (missing > 0 || end === 'deleted' || end === 'moved')
    collected.notes.push(`REPAIR_EXPIRED: earlier decisions about ${name} are not in this journal any more.`);
  if (end === 'cut') collected.notes.push(`Of ${name} the newest ${entries.length} decisions were looked at.`);
}

/** What this repair did stands behind what it is about. */
async function ofTime({ filter, isResumed }: Scope, collected: Collected, { states, written }: Reads): Promise<void> {
  const { sinceMs = 0, untilMs = Date.now() } = filter;
  let forgotten = 0;
  for await (const records of written(sinceMs, isResumed ? Date.now() : untilMs)) {
    const telling = records.filter(isTelling);
    const keys = await sealKeys(telling, states);
    for (const { value, offset, timestampMs: writtenMs } of telling) {
      const entry = journalEntry(value ?? '', (name) => keys.get(name));
      if (entry.isSealed === true) forgotten += 1;
      collected.see({ entry, offset, writtenMs });
    }
  }
  if (forgotten > 0)
    collected.notes.push(
      `REPAIR_FORGOTTEN: ${forgotten} decisions are sealed, and their keys are gone; they are left out.`,
    );
}

const TELLING = ['"events":[', '"sealed":', '"repair":'];

/** It may tell of events. */
const isTelling = (record: OwnRecord): boolean =>
  TELLING.some((word) => record.value?.includes(word) === true) && isOfNow(record);

async function sealKeys(
  records: readonly OwnRecord[],
  states: Reads['states'],
): Promise<ReadonlyMap<string, string | undefined>> {
  const sealed = [...new Set(records.filter(({ value }) => value?.includes('"sealed":')).map(({ key }) => key))];
  const found = sealed.length === 0 ? [] : await states(sealed);
  return new Map(sealed.map((name, i) => [name, found[i]?.sealKey]));
}

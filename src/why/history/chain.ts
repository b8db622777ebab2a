/**
 * The history of one aggregate: its journal entries backwards, by the offsets that its state and the entries themselves name. Each entry names
 * up to 16 before it, so a history of n entries takes about n/16 reads, whatever else is in the journal. Nothing is looked through.
 */
import type { AggregateRef } from '../../domain/change-set.js';
import { contractText } from '../../domain/integration-event.js';
import type { ToldCode } from '../../domain/ownership/told.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { aggregateText } from '../../domain/state/aggregate-state.js';
import type { JournalEntry } from '../../domain/state/journal-entry.js';
import type { OwnRecord } from '../../pipeline/ports.js';
import { isOfNow, journalEntry } from '../../pipeline/state/journal-entries.js';
import type { JournalReads } from '../outside.js';

/** Entries that are read of one aggregate at most; older ones are counted as cut off. */
export const ENTRIES_MAX = 1_000;
/** Of one read: what an entry names. */
const READ_MAX = 16;

/** An entry, and where it stands. */
export interface Told {
  readonly entry: JournalEntry;
  readonly partition: number;
  readonly offset: number;
  /** Broker time at which it was written, ms since 1970; 0: there is no broker. */
  readonly writtenMs: number;
}

/**
 * Where a history ends. `begin`: with the first entry of the aggregate; nothing was decided before. `moved`: with the first one of this journal, and the state knows
 * of events before it: it was imported, moved or converted. `deleted`: the journal does not have the ones before it any more. `cut`: more was not
 * asked for. `none`: there is no journal here.
 */
export type HistoryEnd = 'begin' | 'moved' | 'deleted' | 'cut' | 'none';

export interface History {
  /** Newest first. */
  readonly entries: readonly Told[];
  readonly end: HistoryEnd;
  /** Entries in between that are not there any more, or are none of this aggregate. */
  readonly missing: number;
}

/**
 * @param state of the aggregate, by whose key sealed values are opened.
 * @throws DragomanError STATE_DAMAGED when what is sealed does not open
 */
export async function historyOf(
  ref: AggregateRef,
  state: AggregateState,
  journal: JournalReads | null,
  entriesMax = ENTRIES_MAX,
): Promise<History> {
  const { journal: newest = [] } = state;
  if (journal === null) return { entries: [], end: 'none', missing: 0 };
  const name = aggregateText(ref);
  const keyOf = (of: string): string | undefined => (of === name ? state.sealKey : undefined);
  const found = new Map<number, Told | null>();
  const named = new Set(newest);
  let unread = newestOf(named, found);
  while (unread.length > 0 && found.size < entriesMax) {
    const part = unread.slice(0, Math.min(READ_MAX, entriesMax - found.size));
    for (const [i, record] of (await journal.at(ref, part)).entries()) {
      const told = record === null ? null : toldIn(record, name, keyOf);
      found.set(part[i] ?? -1, told);
      for (const offset of told?.entry.previous ?? []) named.add(offset);
    }
    unread = newestOf(named, found);
  }
  const inOrder = [...found].sort(([a], [b]) => b - a).map(([, told]) => told);
  const last = inOrder.findLastIndex((told) => told !== null);
  const entries = inOrder.filter((told) => told !== null);
  const missing = inOrder.slice(0, last + 1).filter((told) => told === null).length;
  return {
    entries,
    missing,
    end: endOf(state, entries, { isCut: unread.length > 0, isGone: last < inOrder.length - 1 }),
  };
}

/** What is named and not read, newest first. */
const newestOf = (named: ReadonlySet<number>, found: ReadonlyMap<number, unknown>): number[] =>
  [...named].filter((offset) => !found.has(offset)).sort((a, b) => b - a);

/** Null: it is another's, of the version before, or no entry at all: what stood at this offset is not there any more. */
function toldIn(record: OwnRecord, name: string, keyOf: (of: string) => string | undefined): Told | null {
  const { partition, offset, timestampMs, key, value } = record;
  if (key !== name || value === null || !isOfNow(record)) return null;
  return { entry: journalEntry(value, keyOf), partition, offset, writtenMs: timestampMs };
}

function endOf(
  { sequences }: AggregateState,
  entries: readonly Told[],
  { isCut, isGone }: { readonly isCut: boolean; readonly isGone: boolean },
): HistoryEnd {
  if (isCut) return 'cut';
  if (isGone) return 'deleted';
  if (entries.some(({ entry }) => entry.isSealed === true)) return 'begin';
  return Object.values(sequences).reduce(sum, 0) > [...numbersIn(entries).values()].reduce(sum, 0) ? 'moved' : 'begin';
}

const sum = (a: number, b: number): number => a + b;

/** Findings behind whose number all the same go on. */
const COUNTED_ON: ReadonlySet<ToldCode | undefined> = new Set(['TOLD_SEQUENCE_GAP', 'TOLD_AGAIN']);

/** By contract, how many numbers were given, by Dragoman or by a service. */
function numbersIn(entries: readonly Told[]): Map<string, number> {
  const numbers = new Map<string, number>();
  const numberOf = (contract: string): number => numbers.get(contract) ?? 0;
  for (const { entry } of entries.toReversed()) {
    for (const { value } of entry.events ?? []) {
      const contract = contractText(String(value['eventType']), Number(value['schemaVersion']));
      numbers.set(contract, numberOf(contract) + 1);
    }
    const { contract = '', sequence = 0, finding } = entry.told ?? {};
    if (entry.told !== undefined && finding === undefined) numbers.set(contract, numberOf(contract) + 1);
    if (COUNTED_ON.has(finding?.code)) numbers.set(contract, Math.max(numberOf(contract), sequence));
  }
  return numbers;
}

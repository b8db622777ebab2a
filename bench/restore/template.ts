/**
 * Real journal entries as patterns, from which any number of aggregates is made: the order's number and the keys of rows that do not
 * contain it are written anew, everything else stays. Pure.
 */
import { aggregateText } from '../../src/domain/state/aggregate-state.js';
import type { JournalEntry } from '../../src/domain/state/journal-entry.js';

export interface Template {
  readonly aggregate: string;
  /** Text between the names. */
  readonly parts: readonly string[];
  /** Which name stands after each part but the last: 0 the aggregate's id, others keys of rows. */
  readonly names: readonly number[];
}

export interface Made {
  /** `order:10000000017`: the record's key, and the state's. */
  readonly text: string;
  readonly entry: string;
}

/** @param entry as it stands in the journal. */
export function templateOf(entry: string): Template {
  const { aggregate, id, state } = JSON.parse(entry) as JournalEntry;
  const keys = Object.values(state.rows).flatMap((rows) => Object.keys(rows));
  const known = [id, ...new Set(keys.filter((key) => /^\d+$/.test(key) && key !== id))];
  const places = new RegExp(`(?<!\\d)(${known.join('|')})(?!\\d)`, 'g');
  const pieces = entry.split(places);
  return {
    aggregate,
    parts: pieces.filter((_, i) => i % 2 === 0),
    names: pieces.filter((_, i) => i % 2 === 1).map((name) => known.indexOf(name)),
  };
}

const FIRST_ID = 10_000_000_000;
const FIRST_KEY = 20_000_000_000;
const KEYS_MAX = 1_000;

/** The aggregate of that number, in the template's form. */
export function made({ aggregate, parts, names }: Template, number: number): Made {
  const id = String(FIRST_ID + number);
  let entry = parts[0] ?? '';
  names.forEach((name, i) => {
    entry += name === 0 ? id : String(FIRST_KEY + number * KEYS_MAX + name);
    entry += parts[i + 1] ?? '';
  });
  return { text: aggregateText({ aggregate, id }), entry };
}

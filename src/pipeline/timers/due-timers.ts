/**
 * Timers of all aggregates in the order in which they are due. What counts is `timers` of each state; beside it each timer is a cell in the
 * hash of its hour, so that the next ones are found without looking at states. In memory are the earliest of them, up to a bound: when
 * they are used up the earliest hour is read again. Timers that come before the place up to which was read go into memory at once.
 */
import { type AggregateState, aggregateRef, type Timers } from '../../domain/state/aggregate-state.js';
import type { ChangeSet } from '../../domain/change-set.js';
import type { Cell, Fields } from '../ports.js';
import { DUE, dueIn, hourOf, startOf, timerField, timerOf } from './due-hours.js';

/** In memory, each about 100 bytes; twice as many while an hour is read. */
export const TIMERS_IN_MEMORY_MAX = 100_000;

/** When it is due, in a form that compares as text; then its field. */
type Entry = string;

const DIGITS = 15;
const START_OF_FIELD = DIGITS + 1;

const pad = (ms: number): string => String(ms).padStart(DIGITS, '0');
const entryOf = (dueMs: number, field: string): Entry => `${pad(dueMs)}\t${field}`;
const dueMsOf = (entry: Entry): number => Number(entry.slice(0, DIGITS));

/** Behind every entry: all timers are in memory. */
const EVERYTHING = '~';

export class DueTimers {
  readonly #max: number;
  /** Hours that have timers, or had. */
  readonly #hours = new Set<number>();
  /** Read and found empty: to be forgotten with the next write. */
  readonly #emptied = new Set<number>();
  #upcoming: Entry[] = [];
  /** Of `#upcoming`; what stands before it is gone. */
  #first = 0;
  /** Timers up to here are in memory. */
  #readTo = EVERYTHING;

  constructor(max = TIMERS_IN_MEMORY_MAX) {
    this.#max = max;
  }

  /** Forgets everything but that these hours have timers. */
  reset(hours: Iterable<number>): void {
    this.#hours.clear();
    this.#emptied.clear();
    for (const hour of hours) this.#hours.add(hour);
    this.#upcoming = [];
    this.#first = 0;
    this.#readTo = this.#hours.size === 0 ? EVERYTHING : '';
  }

  /** The timers of an aggregate become others. @returns the cells that say so. */
  change(aggregate: string, before: Timers = NONE, after: Timers = NONE): Cell[] {
    if (before === after) return [];
    const cells: Cell[] = [];
    for (const [name, dueMs] of Object.entries(before)) {
      const next = after[name];
      if (next === dueMs) continue;
      const field = timerField(aggregate, name);
      this.#remove(entryOf(dueMs, field));
      if (next === undefined || hourOf(next) !== hourOf(dueMs))
        cells.push({ hash: dueIn(hourOf(dueMs)), field, value: null });
    }
    for (const [name, dueMs] of Object.entries(after)) {
      if (before[name] === dueMs) continue;
      const [field, hour] = [timerField(aggregate, name), hourOf(dueMs)];
      this.#insert(entryOf(dueMs, field));
      cells.push({ hash: dueIn(hour), field, value: String(dueMs) });
      this.#emptied.delete(hour);
      if (this.#hours.has(hour)) continue;
      this.#hours.add(hour);
      cells.push({ hash: DUE, field: String(hour), value: '' });
    }
    return cells;
  }

  /** A timer that its state does not know (any more). @returns the cell that says so. */
  drop({ aggregate, name, dueMs }: DueTimer): Cell {
    const field = timerField(aggregate, name);
    this.#remove(entryOf(dueMs, field));
    return { hash: dueIn(hourOf(dueMs)), field, value: null };
  }

  /** Hours that were found empty since the last call, as cells. */
  takeEmptied(): Cell[] {
    const cells = [...this.#emptied].map((hour): Cell => ({ hash: DUE, field: String(hour), value: null }));
    this.#emptied.clear();
    return cells;
  }

  /** Whether which ones are next has to be read from the store, with everything that was decided in it. */
  get isUnread(): boolean {
    return this.#first === this.#upcoming.length && this.#readTo !== EVERYTHING;
  }

  /** Reads the earliest hours, until something is found. @param fieldsOf all fields of a hash of the store. */
  async read(fieldsOf: (hash: string) => AsyncIterable<Fields>): Promise<void> {
    while (this.isUnread) {
      const hour = this.#earliestHour();
      if (hour === null) this.#readTo = EVERYTHING;
      else await this.#readHour(hour, fieldsOf(dueIn(hour)));
    }
  }

  /** Instant of the earliest; null: there is none. Not to be asked while something is unread. */
  get nextMs(): number | null {
    const entry = this.#upcoming[this.#first];
    return entry === undefined ? null : dueMsOf(entry);
  }

  /** The earliest that are due then, in their order; each stays until its state forgets it. */
  due(untilMs: number, max: number): DueTimer[] {
    const found: DueTimer[] = [];
    for (let i = this.#first; i < this.#upcoming.length && found.length < max; i += 1) {
      const entry = this.#upcoming[i] as Entry;
      const dueMs = dueMsOf(entry);
      if (dueMs > untilMs) break;
      found.push({ ...timerOf(entry.slice(START_OF_FIELD)), dueMs });
    }
    return found;
  }

  /** How many are due then, of those in memory. */
  countDue(untilMs: number): number {
    return this.#placeOf(entryOf(untilMs + 1, '')) - this.#first;
  }

  #earliestHour(): number | null {
    let earliest: number | null = null;
    for (const hour of this.#hours) if (earliest === null || hour < earliest) earliest = hour;
    return earliest;
  }

  async #readHour(hour: number, parts: AsyncIterable<Fields>): Promise<void> {
    let found: Entry[] = [];
    let isWhole = true;
    for await (const fields of parts) {
      for (const [field, text] of fields) found.push(entryOf(Number(text), field));
      if (found.length <= this.#max * 2) continue;
      found = this.#earliest(found);
      isWhole = false;
    }
    if (found.length === 0) {
      this.#hours.delete(hour);
      this.#emptied.add(hour);
      return;
    }
    if (found.length > this.#max) isWhole = false;
    this.#upcoming = this.#earliest([...new Set(found)]);
    this.#first = 0;
    this.#readTo = isWhole ? pad(startOf(hour + 1)) : (this.#upcoming.at(-1) ?? '');
  }

  #earliest(entries: Entry[]): Entry[] {
    return entries.sort(byText).slice(0, this.#max);
  }

  #insert(entry: Entry): void {
    if (entry > this.#readTo) return;
    this.#upcoming.splice(this.#placeOf(entry), 0, entry);
    if (this.#upcoming.length - this.#first <= this.#max * 2) return;
    this.#upcoming = this.#upcoming.slice(this.#first, this.#first + this.#max);
    this.#first = 0;
    this.#readTo = this.#upcoming.at(-1) ?? '';
  }

  #remove(entry: Entry): void {
    const place = this.#placeOf(entry);
    if (this.#upcoming[place] !== entry) return;
    if (place === this.#first) this.#first += 1;
    else this.#upcoming.splice(place, 1);
  }

  /** Of the first one that is not before it. */
  #placeOf(entry: Entry): number {
    let [from, to] = [this.#first, this.#upcoming.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#upcoming[middle] as Entry) < entry) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

const NONE: Timers = {};

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export interface DueTimer {
  /** `order:4711`. */
  readonly aggregate: string;
  readonly name: string;
  readonly dueMs: number;
}

/** Source of the origin of timers. */
export const TIMERS = 'timers';

/**
 * What is decided when it is due: nothing but its instant is in it, so it is the same whenever it is made.
 * @param unknown tables of which not everything is known then. @param unreadMs see `Timer`.
 */
export const timerChangeSet = (
  { aggregate, name, dueMs }: DueTimer,
  unknown: readonly string[] = [],
  unreadMs?: number,
): ChangeSet => ({
  ...aggregateRef(aggregate),
  kind: 'timer',
  ...(unknown.length === 0 ? {} : { unknown }),
  origin: { source: TIMERS, transactionId: null, position: null, commitTimeMs: dueMs },
  timer: { name, dueMs, ...(unreadMs === undefined ? {} : { unreadMs }) },
  changes: [],
  refusal: null,
});

/** Whether the state still says so: a timer is forgotten in the Kafka transaction that decides it. */
export const isStillDue = ({ timer }: ChangeSet, state: AggregateState | null): boolean =>
  timer !== undefined && state?.timers?.[timer.name] === timer.dueMs;

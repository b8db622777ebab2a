/**
 * How large what a pipeline remembers is, as it stands in Redis: bytes of names and values as they are in Redis, without its own. A
 * hash that Redis shows twice while it grows is counted twice. Pure.
 */
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import { LOOKUP_AGGREGATE } from '../../domain/tables/feed.js';
import { DUE, isTimers } from '../../pipeline/timers/due-hours.js';
import { COLUMNS, OWED, isQueue, PARKED, ROWS, STUBS } from '../../pipeline/state/cells.js';
import { FIGURES } from '../../pipeline/sentinel/sentinel.js';
import { isBundle, RULES } from '../../pipeline/kept/kept-rules.js';
import { OWNERSHIP } from '../../pipeline/kept/ownership-counts.js';
import { PINNED } from '../../pipeline/kept/pin-counts.js';
import { CHECKS } from '../../pipeline/discrepancies/checks.js';
import { DISCREPANCIES, EVIDENCE } from '../../pipeline/discrepancies/register.js';
import { EXAMPLES } from '../../pipeline/parity/examples.js';
import { PARITY } from '../../pipeline/parity/figures.js';
import { isRow } from '../../pipeline/state/parts.js';
import type { HashPart } from './steady.js';

export interface Size {
  readonly count: number;
  readonly bytes: number;
}

/** Aggregates of one type, or rows of one lookup table (`@lookup:public.country`). */
export interface TypeSize extends Size {
  readonly rows: number;
  readonly meanBytes: number;
  readonly largestBytes: number;
}

export interface AggregateSize {
  readonly aggregate: string;
  readonly bytes: number;
  readonly cells: number;
  readonly rows: number;
}

export interface Sizes {
  /** By type, in the order of their names. */
  readonly types: Readonly<Record<string, TypeSize>>;
  /** The largest first. */
  readonly largest: readonly AggregateSize[];
  readonly rowIndex: Size;
  readonly parked: Size;
  /** Aggregates for which change sets wait, and those. */
  readonly queues: Size & { readonly changeSets: number; readonly largestBytes: number };
  readonly columnLists: Size;
  readonly stubs: Size;
  readonly timers: Size;
  /** Sets of rules that decided. */
  readonly rules: Size;
  /** How many aggregates keep which of them. */
  readonly pins: Size;
  /** What the sentinel learnt. */
  readonly figures: Size;
  /** Whose aggregates are, and which of them their service owes something. */
  readonly ownership: Size;
  /** What was compared with services on trial came to, and examples of it. */
  readonly parity: Size;
  /** What checks found, with both sides of it, and their runs. */
  readonly discrepancies: Size;
  readonly total: { readonly cells: number; readonly bytes: number };
}

type Summed = { count: number; bytes: number; rows: number; largestBytes: number };

const SINGLE = {
  [ROWS]: 'rowIndex',
  [PARKED]: 'parked',
  [COLUMNS]: 'columnLists',
  [STUBS]: 'stubs',
  [RULES]: 'rules',
  [PINNED]: 'pins',
  [FIGURES]: 'figures',
  [OWED]: 'ownership',
  [OWNERSHIP]: 'ownership',
  [PARITY]: 'parity',
  [EXAMPLES]: 'parity',
  [DISCREPANCIES]: 'discrepancies',
  [EVIDENCE]: 'discrepancies',
  [CHECKS]: 'discrepancies',
} as const;

/** Hashes of timers count as one, those of hours that have any among them. */
const singleOf = (hash: string): keyof Measuring['single'] | null =>
  isSingle(hash) ? SINGLE[hash] : isTimers(hash) ? 'timers' : isBundle(hash) ? 'rules' : null;

export class Measuring {
  readonly #types = new Map<string, Summed>();
  readonly single = {
    ...{ rowIndex: nothing(), parked: nothing(), columnLists: nothing(), stubs: nothing(), timers: nothing() },
    ...{ rules: nothing(), pins: nothing(), figures: nothing(), ownership: nothing(), parity: nothing() },
    discrepancies: nothing(),
  };
  readonly #queues = { ...nothing(), changeSets: 0, largestBytes: 0 };
  readonly #total = { cells: 0, bytes: 0 };
  readonly #largestMax: number;
  #largest: AggregateSize[] = [];
  /** A hash of which parts come one after the other. */
  #open: AggregateSize | null = null;

  constructor(largestMax: number) {
    this.#largestMax = largestMax;
  }

  /** Parts of one hash come one after the other. */
  add({ hash, fields }: HashPart): void {
    const size = sizeOf({ hash, fields });
    this.#total.cells += size.cells;
    this.#total.bytes += size.bytes;
    const single = singleOf(hash);
    if (single !== null) {
      const into = this.single[single];
      into.count += hash === DUE || isBundle(hash) ? 0 : size.cells;
      into.bytes += size.bytes;
      return;
    }
    if (this.#open?.aggregate === hash) this.#open = sum(this.#open, size);
    else {
      this.#close();
      this.#open = size;
    }
  }

  /** Up to here, of everything that was added; what was added last is whole then. Rows of lookup tables are no aggregates here. */
  get soFar(): { readonly aggregates: number; readonly cells: number; readonly bytes: number } {
    this.#close();
    const ofTypes = [...this.#types].filter(([type]) => !isLookup(type));
    return { aggregates: ofTypes.reduce((sum, [, { count }]) => sum + count, 0), ...this.#total };
  }

  end(): Sizes {
    this.#close();
    const types = [...this.#types].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      types: Object.fromEntries(types.map(([type, size]) => [type, { ...size, meanBytes: mean(size) }])),
      largest: this.#largest,
      ...this.single,
      queues: this.#queues,
      total: this.#total,
    };
  }

  #close(): void {
    const size = this.#open;
    this.#open = null;
    if (size === null) return;
    if (isQueue(size.aggregate)) {
      this.#queues.count += 1;
      this.#queues.changeSets += size.cells;
      this.#queues.bytes += size.bytes;
      this.#queues.largestBytes = Math.max(this.#queues.largestBytes, size.bytes);
      return;
    }
    const type = typeOf(size.aggregate);
    const known = this.#types.get(type) ?? { ...nothing(), rows: 0, largestBytes: 0 };
    this.#types.set(type, known);
    known.count += 1;
    known.bytes += size.bytes;
    known.rows += size.rows;
    known.largestBytes = Math.max(known.largestBytes, size.bytes);
    this.#rank(size);
  }

  #rank(size: AggregateSize): void {
    const last = this.#largest.at(-1);
    if (this.#largest.length >= this.#largestMax && (last === undefined || last.bytes >= size.bytes)) return;
    this.#largest = [...this.#largest, size].sort((a, b) => b.bytes - a.bytes).slice(0, this.#largestMax);
  }
}

const nothing = (): { count: number; bytes: number } => ({ count: 0, bytes: 0 });

const mean = ({ count, bytes }: Size): number => (count === 0 ? 0 : Math.round(bytes / count));

const isSingle = (hash: string): hash is keyof typeof SINGLE => Object.hasOwn(SINGLE, hash);

const isLookup = (type: string): boolean => type.startsWith(`${LOOKUP_AGGREGATE}:`);

function typeOf(hash: string): string {
  const { aggregate } = aggregateRef(hash);
  return aggregate === LOOKUP_AGGREGATE ? hash.slice(0, hash.indexOf('/')) : aggregate;
}

function sizeOf({ hash, fields }: HashPart): AggregateSize {
  let [bytes, rows] = [Buffer.byteLength(hash), 0];
  for (const [field, value] of fields) {
    bytes += Buffer.byteLength(field) + Buffer.byteLength(value);
    if (isRow(field)) rows += 1;
  }
  return { aggregate: hash, bytes, cells: fields.size, rows };
}

const sum = (a: AggregateSize, b: AggregateSize): AggregateSize => ({
  aggregate: a.aggregate,
  bytes: a.bytes + b.bytes - Buffer.byteLength(b.aggregate),
  cells: a.cells + b.cells,
  rows: a.rows + b.rows,
});

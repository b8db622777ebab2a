/**
 * How a window of rows differs from what was learnt of a table. Only what is far out is told: a share that moved by a quarter, values that have
 * become others; and of two columns that both have, whether each is what the other was. Pure.
 */
import { countIn, type Figures } from './figures.js';

/**
 * `nulls`: it is null in another share of rows. `values`: its values, or what they look like, have other shares. `swapped`: it is what another column
 * was, and that one is what it was. `new-value`: it had few values, and has one more. `in-use`: it was always null, and is not.
 */
export const DEPARTURES = ['nulls', 'values', 'swapped', 'new-value', 'in-use'] as const;
export type DepartureKind = (typeof DEPARTURES)[number];

export interface Departure {
  readonly table: string;
  readonly column: string;
  readonly what: DepartureKind;
  /** For people; without values. */
  readonly text: string;
}

/** How far a share of null may move. */
const NULLS_MAX = 0.25;
/** How much of what it was a column may be no more: half of what the shares differ by, together. */
const DISTANCE_MAX = 0.35;
/** Two columns that were swapped are each as much like the other as this. */
const SWAPPED_MAX = 0.15;

export interface Compared {
  readonly column: string;
  readonly learnt: Figures;
  readonly window: Figures;
}

/** In the order of the columns. @param operation of the rows: `inserted`, `updated`. */
export function departures(table: string, operation: string, columns: readonly Compared[]): Departure[] {
  const departed = columns.filter(({ learnt, window }) => distance(learnt, window) > DISTANCE_MAX);
  const told = (column: string, what: DepartureKind, text: string): Departure => ({ table, column, what, text });
  return columns.flatMap((each) => {
    const { column, learnt, window } = each;
    const [was, is] = [learnt.nulls / learnt.rows, window.nulls / window.rows];
    const nulls =
      Math.abs(was - is) > NULLS_MAX
        ? [
            told(
              column,
              'nulls',
              `${table}.${column} of ${operation} rows is null in ${percent(is)} of them, and was in ${percent(was)}`,
            ),
          ]
        : [];
    if (!departed.includes(each)) return nulls;
    const other = departed.find((one) => one !== each && isSwapped(each, one));
    const text =
      other === undefined
        ? `${table}.${column} of ${operation} rows has other values than before: ${percent(distance(learnt, window))} of them are not what they were`
        : `${table}.${column} and ${other.column} of ${operation} rows are swapped: each has the values that the other had`;
    return [...nulls, told(column, other === undefined ? 'values' : 'swapped', text)];
  });
}

const isSwapped = (one: Compared, other: Compared): boolean =>
  distance(one.learnt, other.window) < SWAPPED_MAX && distance(other.learnt, one.window) < SWAPPED_MAX;

/** 0: the same shares; 1: nothing in common. Of columns with few values by these, of others by what they look like. */
function distance(learnt: Figures, window: Figures): number {
  const [one, other] =
    learnt.values === null || window.values === null ? [learnt.shapes, window.shapes] : [learnt.values, window.values];
  const [all, some] = [learnt.rows - learnt.nulls, window.rows - window.nulls];
  if (all === 0 || some < VALUES_MIN) return 0;
  let difference = 0;
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
    difference += Math.abs(countIn(one, name) / all - countIn(other, name) / some);
  return difference / 2;
}

/** In a window, of which shares say something. */
const VALUES_MIN = 100;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

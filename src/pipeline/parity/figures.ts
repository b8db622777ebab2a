/**
 * Running figures of parity, by route and hour of the legacy system's time: how many pairs came to which class. Sums of what aggregates
 * were judged, changed in the Kafka transaction that changes those. Cells like all others:
 *
 *   ~parity   by route and hour, with a tab between: counts by class, those of 0 left out
 *
 * Nothing is written where no capability asks for parity.
 */
import { PARITY_CLASSES, type ParityClass } from '../../translate/parity/pairing.js';
import type { Cell } from '../ports.js';

export const PARITY = '~parity';
const TAB = '\t';
const HOUR_MS = 3_600_000;

/** `accepted`: different, late, missing or out of order in a way that an operator has accepted. */
export const FIGURE_CLASSES = [...PARITY_CLASSES, 'accepted'] as const;
export type FigureClass = ParityClass | 'accepted';

export type ParityCounts = Readonly<Record<FigureClass, number>>;

export const NO_COUNTS = Object.fromEntries(FIGURE_CLASSES.map((each) => [each, 0])) as ParityCounts;

export interface HourFigures {
  /** `routeText`. */
  readonly route: string;
  /** Begin of the hour. */
  readonly hourMs: number;
  readonly counts: ParityCounts;
}

export class ParityFigures {
  /** By route, then by hour. */
  readonly #hours = new Map<string, Map<number, ParityCounts>>();
  readonly #fresh = new Set<string>();
  readonly #keptMs: number;

  /** @param keptMs hours before the newest one that are kept. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** Forgets everything but these, which are stored. */
  reset(stored: Iterable<readonly [field: string, text: string]>): void {
    this.#hours.clear();
    this.#fresh.clear();
    for (const [field, text] of stored) {
      const tab = field.lastIndexOf(TAB);
      const counts = { ...NO_COUNTS, ...(JSON.parse(text) as Partial<ParityCounts>) };
      this.#of(field.slice(0, tab)).set(Number(field.slice(tab + 1)) * HOUR_MS, counts);
    }
  }

  /** @param atMs in the legacy system's time. */
  count(route: string, to: FigureClass, atMs: number): void {
    const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    const hours = this.#of(route);
    const counts = hours.get(hourMs) ?? NO_COUNTS;
    if (!hours.has(hourMs)) this.#dropBefore(route, hours, hourMs - this.#keptMs);
    hours.set(hourMs, { ...counts, [to]: counts[to] + 1 });
    this.#fresh.add(fieldOf(route, hourMs));
  }

  /** By route, then by hour. */
  all(): HourFigures[] {
    const found = [...this.#hours].flatMap(([route, hours]) =>
      [...hours].map(([hourMs, counts]) => ({ route, hourMs, counts })),
    );
    return found.sort((a, b) => (a.route === b.route ? a.hourMs - b.hourMs : a.route < b.route ? -1 : 1));
  }

  /** What is to be stored of it. */
  takeFresh(): Cell[] {
    const cells = [...this.#fresh].map((field): Cell => {
      const tab = field.lastIndexOf(TAB);
      const counts = this.#hours.get(field.slice(0, tab))?.get(Number(field.slice(tab + 1)) * HOUR_MS);
      return { hash: PARITY, field, value: counts === undefined ? null : countsText(counts) };
    });
    this.#fresh.clear();
    return cells;
  }

  #dropBefore(route: string, hours: Map<number, ParityCounts>, beforeMs: number): void {
    for (const hourMs of hours.keys()) {
      if (hourMs >= beforeMs) continue;
      hours.delete(hourMs);
      this.#fresh.add(fieldOf(route, hourMs));
    }
  }

  #of(route: string): Map<number, ParityCounts> {
    let hours = this.#hours.get(route);
    if (hours === undefined) this.#hours.set(route, (hours = new Map<number, ParityCounts>()));
    return hours;
  }
}

/** Of a route from an instant on; an hour counts with all of it. */
export function sumSince(figures: readonly HourFigures[], route: string, sinceMs: number): ParityCounts {
  const sum = { ...NO_COUNTS };
  for (const { route: of, hourMs, counts } of figures) {
    if (of !== route || hourMs + HOUR_MS <= sinceMs) continue;
    for (const each of FIGURE_CLASSES) sum[each] += counts[each];
  }
  return sum;
}

const fieldOf = (route: string, hourMs: number): string => `${route}${TAB}${hourMs / HOUR_MS}`;

const countsText = (counts: ParityCounts): string =>
  JSON.stringify(
    Object.fromEntries(FIGURE_CLASSES.flatMap((each) => (counts[each] === 0 ? [] : [[each, counts[each]]]))),
  );

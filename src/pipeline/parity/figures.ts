/**
 * Running figures of parity, by route and hour of the legacy system's time: how many pairs came to what. Sums of what aggregates were judged,
 * changed in the Kafka transaction that changes those. Cells like all others:
 *
 *   ~parity   by route and hour, with a tab between: counts by `countKey`
 *
 * A route here is a contract with the values of all names that it may be moved by, so that there are figures of what nobody has moved yet.
 * Nothing is written where no capability asks for parity.
 */
import { covers, readRoute, type Route } from '../../domain/ownership/route.js';
import { type Judged, PARITY_CLASSES, type ParityClass } from '../../domain/state/pairs.js';
import { OVER_MAX_MS } from '../../rules/parity/parity.js';
import { own } from '../../translate/own.js';
import type { Cell } from '../ports.js';
import { type Accepted, acceptedBy } from './accepted.js';
import { countKey, isBad, keyOf, readKey, REST } from './signature.js';

export const PARITY = '~parity';
const TAB = '\t';
const HOUR_MS = 3_600_000;
/** Hours of a route that are kept: 30 days. */
export const HOURS_MAX = OVER_MAX_MS / HOUR_MS;
/** Of one route and hour; the others are counted together. */
export const SIGNATURES_MAX = 20;
/** With figures of their own; what comes beyond is counted under its contract alone. */
export const PARITY_ROUTES_MAX = 200;

/** By `countKey`; those of 0 are not there. */
export type HourCounts = Readonly<Record<string, number>>;

/** With the contract and selector of their route, read of its text once. */
export interface HourFigures extends Pick<Route, 'contract' | 'selector'> {
  /** `routeText`. */
  readonly route: string;
  /** Begin of the hour. */
  readonly hourMs: number;
  readonly counts: HourCounts;
}

/** `accepted`: any but `equal` that an operator has accepted; it is in no other class then. */
export const FIGURE_CLASSES = [...PARITY_CLASSES, 'accepted'] as const;
export type FigureClass = ParityClass | 'accepted';
export type ParityCounts = Readonly<Record<FigureClass, number>>;

export const NO_COUNTS = Object.fromEntries(FIGURE_CLASSES.map((each) => [each, 0])) as ParityCounts;

export class ParityFigures {
  /** By route, then by hour. */
  readonly #hours = new Map<string, Map<number, HourCounts>>();
  readonly #fresh = new Set<string>();
  readonly #hoursMax: number;

  /** @param hoursMax of each route, the newest ones. */
  constructor(hoursMax = HOURS_MAX) {
    this.#hoursMax = hoursMax;
  }

  /** Forgets everything but these, which are stored. */
  reset(stored: Iterable<readonly [field: string, text: string]>): void {
    this.#hours.clear();
    this.#fresh.clear();
    for (const { route, hourMs, counts } of figuresIn(stored)) this.#of(route).set(hourMs, counts);
  }

  /** @param atMs in the legacy system's time. */
  count({ contract, route: asked, ...judged }: Omit<Judged, 'occurrence'>, atMs: number): void {
    const route = this.#hours.has(asked) || this.#hours.size < PARITY_ROUTES_MAX ? asked : contract;
    const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    const hours = this.#of(route);
    const counts = hours.get(hourMs) ?? {};
    const key = withRoom(countKey(judged), counts);
    hours.set(hourMs, { ...counts, [key]: (own(counts, key) ?? 0) + 1 });
    this.#fresh.add(fieldOf(route, hourMs));
    if (hours.size > this.#hoursMax) this.#dropOldest(route, hours);
  }

  /** By route, then by hour. */
  all(): HourFigures[] {
    return sorted(
      [...this.#hours].flatMap(([route, hours]) => {
        const read = readRoute(route);
        return [...hours].map(([hourMs, counts]) => ({ route, ...read, hourMs, counts }));
      }),
    );
  }

  /** What is to be stored of it. */
  takeFresh(): Cell[] {
    const cells = [...this.#fresh].map((field): Cell => {
      const { route, hourMs } = placeIn(field);
      const counts = this.#hours.get(route)?.get(hourMs);
      return { hash: PARITY, field, value: counts === undefined ? null : JSON.stringify(counts) };
    });
    this.#fresh.clear();
    return cells;
  }

  #dropOldest(route: string, hours: Map<number, HourCounts>): void {
    const hourMs = Math.min(...hours.keys());
    hours.delete(hourMs);
    this.#fresh.add(fieldOf(route, hourMs));
  }

  #of(route: string): Map<number, HourCounts> {
    let hours = this.#hours.get(route);
    if (hours === undefined) this.#hours.set(route, (hours = new Map<number, HourCounts>()));
    return hours;
  }
}

/** The key itself, or that of the rest. */
function withRoom(key: string, counts: HourCounts): string {
  const { class: is, signature } = readKey(key) ?? {};
  if (is === undefined || signature === undefined || own(counts, key) !== undefined) return key;
  return Object.keys(counts).filter((each) => each.includes(':')).length < SIGNATURES_MAX ? key : keyOf(is, REST);
}

/** What is stored, as it is meant. */
export function figuresIn(stored: Iterable<readonly [field: string, text: string]>): HourFigures[] {
  const read = new Map<string, Pick<Route, 'contract' | 'selector'>>();
  return sorted(
    [...stored].map(([field, text]) => {
      const { route, hourMs } = placeIn(field);
      const known = read.get(route) ?? readRoute(route);
      read.set(route, known);
      return { route, ...known, hourMs, counts: JSON.parse(text) as HourCounts };
    }),
  );
}

export function added(a: HourCounts, b: HourCounts): HourCounts {
  const counts = new Map(Object.entries(a));
  for (const [key, count] of Object.entries(b)) counts.set(key, (counts.get(key) ?? 0) + count);
  return Object.fromEntries(counts);
}

/** By route, then by hour. */
export const sorted = (figures: HourFigures[]): HourFigures[] =>
  figures.sort((a, b) => (a.route === b.route ? a.hourMs - b.hourMs : a.route < b.route ? -1 : 1));

/** Those of the aggregates that a route has, as far as figures tell: of a share, those of all. @param sinceMs an hour counts with all of it. */
export const figuresOf = (
  figures: readonly HourFigures[],
  { contract, selector: { context } }: Pick<Route, 'contract' | 'selector'>,
  sinceMs = -Infinity,
): HourFigures[] =>
  figures.filter(
    (each) => each.contract === contract && each.hourMs + HOUR_MS > sinceMs && covers({ context }, each.selector),
  );

/** All of them together, as what is accepted now lets them count. */
export function sum(figures: readonly HourFigures[], accepted: readonly Accepted[], nowMs: number): ParityCounts {
  const counts: Record<FigureClass, number> = { ...NO_COUNTS };
  for (const { contract, counts: hour } of figures)
    for (const [key, count] of Object.entries(hour)) {
      const { class: is, signature } = readKey(key) ?? {};
      if (is === undefined) continue;
      const finding = { contract, ...(signature === undefined ? {} : { signature }) };
      const isAccepted = isBad(is) && acceptedBy(accepted, { ...finding, class: is }, nowMs) !== undefined;
      counts[isAccepted ? 'accepted' : is] += count;
    }
  return counts;
}

const fieldOf = (route: string, hourMs: number): string => `${route}${TAB}${hourMs / HOUR_MS}`;

function placeIn(field: string): Pick<HourFigures, 'route' | 'hourMs'> {
  const tab = field.lastIndexOf(TAB);
  return { route: field.slice(0, tab), hourMs: Number(field.slice(tab + 1)) * HOUR_MS };
}

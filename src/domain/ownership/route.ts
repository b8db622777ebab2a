/**
 * Routes: who speaks for which aggregates under a contract. A route is a contract, a selector and a stage; the most specific one that matches an
 * aggregate counts, and where none does, the stage is `legacy`. Pure.
 */
import { hash } from 'node:crypto';

/**
 * - `shadow`: decided, and published to the contract's shadow topic only.
 * - `legacy`: Dragoman publishes.
 * - `service`: the new service publishes; Dragoman decides, and withholds.
 */
export const STAGES = ['shadow', 'legacy', 'service'] as const;
export type Stage = (typeof STAGES)[number];

/** Which aggregates. */
export interface Selector {
  /** By names of the aggregate's context, sorted by name; of none: all. */
  readonly context: Readonly<Record<string, string>>;
  /** Percent, half open, 0 to 100, in hundredths at the finest: a stable part of the aggregates. Absent: all. */
  readonly share?: readonly [from: number, to: number];
}

export const ALL: Selector = { context: {} };

export interface Route {
  /** `OrderReady.v1`, see `contractText`. */
  readonly contract: string;
  readonly selector: Selector;
  readonly stage: Stage;
  /** How often it was moved. */
  readonly epoch: number;
}

/** An aggregate, as routes look at it. */
export interface Routed {
  /** As its events are keyed. */
  readonly id: string;
  readonly context: Readonly<Record<string, string | null>>;
}

/** The name of a share in texts, so of no name that aggregates are routed by. */
export const SHARE = 'share';
const HUNDREDTHS = 100;
const SHARES = 100 * HUNDREDTHS;
const ID_HASH_VALUES = 2 ** 32;

/** In hundredths of a percent, 0 to 9999: the first four bytes of the SHA-1 of its id, as a part of all that they can be. */
export const shareOf = (id: string): number =>
  Math.floor((parseInt(hash('sha1', id).slice(0, 8), 16) / ID_HASH_VALUES) * SHARES);

/** @param share as a selector has it */
export const isShare = ([from, to]: readonly [number, number]): boolean =>
  from >= 0 && from < to && to <= 100 && [from, to].every((percent) => percent === inHundredths(percent) / HUNDREDTHS);

const inHundredths = (percent: number): number => Math.round(percent * HUNDREDTHS);

export function matches({ context, share }: Selector, routed: Routed): boolean {
  for (const name of Object.keys(context)) if (routed.context[name] !== context[name]) return false;
  if (share === undefined) return true;
  const own = shareOf(routed.id);
  return inHundredths(share[0]) <= own && own < inHundredths(share[1]);
}

/** How specific it is: names of the context, and a share counts as one more. */
export const rankOf = ({ context, share }: Selector): number =>
  Object.keys(context).length + (share === undefined ? 0 : 1);

/** Whether both are of one rank and an aggregate may match either: then neither would win. One and the same do, too. */
export const overlap = (a: Selector, b: Selector): boolean => rankOf(a) === rankOf(b) && meet(a, b);

/** Whether an aggregate may match both. */
export function meet(a: Selector, b: Selector): boolean {
  for (const name of Object.keys(a.context))
    if (Object.hasOwn(b.context, name) && a.context[name] !== b.context[name]) return false;
  return a.share === undefined || b.share === undefined || (a.share[0] < b.share[1] && b.share[0] < a.share[1]);
}

/** Whether the first has all aggregates that the second may match. */
export function covers(a: Selector, b: Selector): boolean {
  for (const name of Object.keys(a.context)) if (b.context[name] !== a.context[name]) return false;
  return a.share === undefined || (b.share !== undefined && a.share[0] <= b.share[0] && b.share[1] <= a.share[1]);
}

/** The one that counts, of routes of one contract that do not overlap. Undefined: none matches, and legacy speaks. */
export const routeOf = <R extends Pick<Route, 'selector'>>(routes: readonly R[], routed: Routed): R | undefined =>
  mostSpecific(routes, (selector) => matches(selector, routed));

/** The one that counts for all of a selector without a route of its own; of one with, that. Undefined: none has all of it, and legacy speaks. */
export const routeOver = <R extends Pick<Route, 'selector'>>(routes: readonly R[], part: Selector): R | undefined =>
  mostSpecific(routes, (selector) => covers(selector, part));

function mostSpecific<R extends Pick<Route, 'selector'>>(
  routes: readonly R[],
  fits: (selector: Selector) => boolean,
): R | undefined {
  let best: R | undefined;
  for (const route of routes) {
    const isBetter = best === undefined || rankOf(route.selector) > rankOf(best.selector);
    if (isBetter && fits(route.selector)) best = route;
  }
  return best;
}

export const isSame = (a: Selector, b: Selector): boolean => selectorText(a) === selectorText(b);

/** `OrderReady.v1 market=DE share=0-25`: names a route, for people and as a key. */
export const routeText = ({ contract, selector }: Pick<Route, 'contract' | 'selector'>): string =>
  [contract, ...termsOf(selector)].join(' ');

/** `market=DE share=0-25`; empty: all. {@link readSelector} reads it. */
export const selectorText = (selector: Selector): string => termsOf(selector).join(' ');

const termsOf = ({ context, share }: Selector): string[] => [
  ...Object.keys(context)
    .sort()
    .map((name) => `${name}=${encodeURIComponent(context[name] as string)}`),
  ...(share === undefined ? [] : [`${SHARE}=${share[0]}-${share[1]}`]),
];

const NAME = /^[a-z][a-zA-Z0-9]*$/;

/**
 * Whether a context has a text that is read again: by names as rules have them, of values that have a UTF-8 and no zero byte, which PostgreSQL
 * does not keep. Others are in no selector.
 */
export const isSelectable = (context: Readonly<Record<string, string>>): boolean =>
  Object.entries(context).every(([name, value]) => name !== SHARE && NAME.test(name) && isSelectableValue(value));

export const isSelectableValue = (value: string): boolean => value.isWellFormed() && !value.includes('\0');

const TERM = /^([a-z][a-zA-Z0-9]*)=(.*)$/s;
const PERCENTS = /^(\d{1,3}(?:\.\d{1,2})?)-(\d{1,3}(?:\.\d{1,2})?)$/;

/** @returns why it is none, for the one who wrote it. */
export function readSelector(text: string): Selector | string {
  const context: Record<string, string> = {};
  let share: Selector['share'];
  for (const term of text.split(' ').filter((each) => each !== '')) {
    const [, name, value] = TERM.exec(term) ?? [];
    if (name === undefined || value === undefined) return `"${term}" is no name=value.`;
    if (name === SHARE ? share !== undefined : Object.hasOwn(context, name)) return `${name} stands there twice.`;
    if (name === SHARE) {
      const [, from, to] = PERCENTS.exec(value) ?? [];
      share = [Number(from ?? NaN), Number(to ?? NaN)];
      if (!isShare(share))
        return `share=${value} is no part of 0-100: from and to in percent, the second greater, as in share=0-25.`;
    } else {
      const decoded = decodedOr(value);
      if (decoded === null) return `The value of ${name} is not percent-encoded as it has to be: ${value}.`;
      context[name] = decoded;
    }
  }
  return selectorOf(context, share);
}

/** The reverse of {@link routeText}. */
export function readRoute(route: string): Pick<Route, 'contract' | 'selector'> {
  const blank = route.indexOf(' ');
  if (blank === -1) return { contract: route, selector: ALL };
  const selector = readSelector(route.slice(blank + 1));
  return { contract: route.slice(0, blank), selector: typeof selector === 'string' ? ALL : selector };
}

/** With its names sorted. */
export const selectorOf = (context: Readonly<Record<string, string>>, share?: Selector['share']): Selector => ({
  context: Object.fromEntries(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))),
  ...(share === undefined ? {} : { share }),
});

function decodedOr(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

/**
 * How many aggregates keep which set of rules (docs/pinning.md), and by which they are decided. The truth is in each aggregate's memory
 * (`AggregateState.rules`); these are sums of it, changed in the Kafka transaction that changes it. Cells like all others:
 *
 *   ~pinned   by aggregate and digest, with a tab between: how many, and, where an operator migrated them, to which rules. Of no digest: those
 *             that began before any were kept, which have none and are not counted, and the rules of then. To no digest: the rules say that
 *             nothing is kept any more.
 *
 * Nothing is written where no rules pin.
 */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { invariant } from '../../invariant.js';
import type { CompiledRules } from '../../rules/compile.js';
import { hasRows } from '../../translate/snapshots/marks.js';
import type { Cell } from '../ports.js';

export const PINNED = '~pinned';
/** The digest of those that have none. */
const UNMARKED = '';
const TAB = '\t';

/** Aggregates that are decided by the same rules, those of now or others. */
export interface Pinned {
  /** Its first name. */
  readonly aggregate: string;
  readonly digest: string;
  readonly count: number;
  /** With those, not counted, that began before any rules were kept. */
  readonly isOpen: boolean;
}

export interface Pin {
  readonly count: number;
  /** Null: they keep what their digest says; those that have none the rules of now. Empty: they keep none. */
  readonly to: string | null;
}

export const NO_PIN: Pin = { count: 0, to: null };

export const pinText = ({ count, to }: Pin): string => JSON.stringify(to === null ? { count } : { count, to });

export const pinIn = (text: string): Pin => ({ ...NO_PIN, ...(JSON.parse(text) as Partial<Pin>) });

/** Whether it is of those that began before any rules were kept. */
export const isOpenPin = (field: string): boolean => field.endsWith(TAB);

export const pinField = (aggregate: string, digest: string): string => `${aggregate}${TAB}${digest}`;

export class PinCounts {
  /** By aggregate, then by digest. */
  readonly #pins = new Map<string, Map<string, Pin>>();
  readonly #fresh = new Set<string>();

  /** Forgets everything but these, which are stored. */
  reset(stored: Iterable<readonly [field: string, text: string]>): void {
    this.#pins.clear();
    this.#fresh.clear();
    for (const [field, text] of stored) {
      const tab = field.indexOf(TAB);
      this.#of(field.slice(0, tab)).set(field.slice(tab + 1), pinIn(text));
    }
  }

  /**
   * Rules are taken into use, before anything is decided by them. Rules that are in use again decide what keeps them, also what was migrated.
   * @param former those that decided last; null: none did.
   */
  begin({ aggregates }: Pick<CompiledRules, 'aggregates'>, digest: string, former: string | null): void {
    for (const { name, pin } of aggregates.values()) {
      if (pin !== true) continue;
      const pins = this.#of(name);
      const then = former === digest ? null : former;
      if (!pins.has(UNMARKED)) this.#set(name, UNMARKED, { ...NO_PIN, to: then });
      for (const [kept, pin] of pins) if (pin.to === UNMARKED) this.#set(name, kept, { ...pin, to: then ?? digest });
      const own = pins.get(digest);
      if (own !== undefined) this.#set(name, digest, { ...own, to: null });
    }
    for (const [aggregate, pins] of this.#pins) {
      if (aggregates.get(aggregate)?.pin === true) continue;
      this.#set(aggregate, UNMARKED, null);
      for (const [kept, { count }] of pins) this.#set(aggregate, kept, { count, to: UNMARKED });
    }
  }

  /** Digest of the rules by which it is decided; null: those of now. */
  digestOf(aggregate: string, state: AggregateState): string | null {
    const kept = state.rules ?? (hasRows(state) ? UNMARKED : null);
    if (kept === null) return null;
    const { to } = this.#pins.get(aggregate)?.get(kept) ?? NO_PIN;
    const digest = to ?? kept;
    return digest === UNMARKED ? null : digest;
  }

  /** An aggregate keeps other rules than before; undefined: none. */
  change(aggregate: string, before: string | undefined, after: string | undefined): void {
    if (before === after) return;
    if (before !== undefined) this.#count(aggregate, before, -1);
    if (after !== undefined) this.#count(aggregate, after, 1);
  }

  /**
   * All that are decided by some rules are decided by others from here on.
   * @returns how many; null: none are decided by those.
   */
  migrate(aggregate: string, from: string, to: string): Pick<Pinned, 'count' | 'isOpen'> | null {
    const found = this.all().find((one) => one.aggregate === aggregate && one.digest === from);
    if (found === undefined || from === to) return null;
    for (const [kept, pin] of [...this.#of(aggregate)])
      if ((pin.to ?? kept) === from) this.#set(aggregate, kept, { ...pin, to: kept === to ? null : to });
    return found;
  }

  /** By aggregate and by the rules that decide. Those of now are among them when they are counted. */
  all(): Pinned[] {
    const sums = new Map<string, Pinned>();
    for (const [aggregate, pins] of this.#pins)
      for (const [kept, { count, to }] of pins) {
        const digest = to ?? kept;
        if (digest === UNMARKED) continue;
        const key = pinField(aggregate, digest);
        const known = sums.get(key) ?? { aggregate, digest, count: 0, isOpen: false };
        sums.set(key, { ...known, count: known.count + count, isOpen: known.isOpen || kept === UNMARKED });
      }
    return [...sums.values()];
  }

  /** Whether any aggregate is decided by these rules, or may be. */
  isInUse(digest: string): boolean {
    return this.all().some((one) => one.digest === digest);
  }

  /** What is to be stored of it. */
  takeFresh(): Cell[] {
    const cells = [...this.#fresh].map((field): Cell => {
      const tab = field.indexOf(TAB);
      const pin = this.#pins.get(field.slice(0, tab))?.get(field.slice(tab + 1));
      return { hash: PINNED, field, value: pin === undefined ? null : pinText(pin) };
    });
    this.#fresh.clear();
    return cells;
  }

  #count(aggregate: string, digest: string, by: 1 | -1): void {
    const pin = this.#pins.get(aggregate)?.get(digest) ?? NO_PIN;
    const count = pin.count + by;
    invariant(count >= 0, 'what keeps rules was counted', { aggregate, digest });
    this.#set(aggregate, digest, count === 0 ? null : { ...pin, count });
  }

  #set(aggregate: string, digest: string, pin: Pin | null): void {
    const pins = this.#of(aggregate);
    const known = pins.get(digest);
    if (pin === null ? known === undefined : known?.count === pin.count && known.to === pin.to) return;
    if (pin === null) pins.delete(digest);
    else pins.set(digest, pin);
    this.#fresh.add(pinField(aggregate, digest));
  }

  #of(aggregate: string): Map<string, Pin> {
    let pins = this.#pins.get(aggregate);
    if (pins === undefined) this.#pins.set(aggregate, (pins = new Map<string, Pin>()));
    return pins;
  }
}

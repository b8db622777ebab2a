/**
 * What is known of discrepancies: each as it stands, and what both sides showed. Changed by commands alone (SPEC T25). Cells like all others:
 *
 *   ~discrepancies   by id: what it is and how it stands; all of a shard are in memory
 *   ~evidence        by id: what both sides showed when it was seen the last time; in the store alone
 *
 * A discrepancy is the shard's that owns its aggregate; one of no known aggregate is the first shard's. Nothing is written where no check ever reported.
 */
import type { AggregateRef } from '../../domain/change-set.js';
import {
  type Discrepancy,
  type Evidence,
  type Found,
  type Standing,
  standsAt,
} from '../../domain/reconciliation/discrepancy.js';
import { ownsId, type Shard } from '../../domain/shard.js';
import type { Cell } from '../ports.js';

export const DISCREPANCIES = '~discrepancies';
export const EVIDENCE = '~evidence';

/** Of one shard, settled ones among them: these go first, the oldest before others. What is found beyond is counted, and not kept. */
export const DISCREPANCIES_MAX = 100_000;
/** Repaired and closed ones are kept so long. */
const SETTLED_KEPT_MS = 30 * 24 * 3_600_000;
/** Of all, what goes at once when room is made. */
const ROOM_SHARE = 0.1;

/** An evidence as it is stored: with whose it is. */
export interface StoredEvidence extends Evidence {
  readonly businessKey: string;
}

/** @param businessKey '' where no aggregate is known. */
export const ownsDiscrepancy = (shard: Shard, businessKey: string): boolean =>
  businessKey === '' ? shard.index === 0 : ownsId(shard, businessKey);

/** Of a look. */
export interface Seen {
  readonly check: string;
  /** Before it was looked at. */
  readonly lookedAt: string;
}

export class Discrepancies {
  readonly #all = new Map<string, Discrepancy>();
  readonly #fresh = new Map<string, Cell>();
  readonly #max: number;
  #settled = 0;

  constructor(max = DISCREPANCIES_MAX) {
    this.#max = max;
  }

  /** Forgets everything but these, which are stored. */
  reset(stored: Iterable<readonly [field: string, text: string]>): void {
    this.#all.clear();
    this.#fresh.clear();
    this.#settled = 0;
    for (const [id, text] of stored) this.#keep(discrepancyIn(id, text));
  }

  all(): Iterable<Discrepancy> {
    return this.#all.values();
  }

  get(id: string): Discrepancy | undefined {
    return this.#all.get(id);
  }

  /** @returns false: there is no room for it. */
  found({ evidence, ...what }: Found, { check, lookedAt }: Seen): boolean {
    const known = this.#all.get(what.id);
    if (known === undefined) {
      if (this.#all.size >= this.#max && !this.#makeRoom()) return false;
      this.#put({ ...what, check, firstSeen: lookedAt, lastSeen: lookedAt, state: OPEN });
    } else if (isSettled(known.state)) {
      if (known.state.at >= lookedAt) return true; // it was looked at before that
      this.#put({ ...what, check, firstSeen: lookedAt, lastSeen: lookedAt, state: OPEN });
    } else {
      const state = known.class === what.class ? known.state : OPEN; // another one was accepted
      this.#put({ ...what, check, firstSeen: known.firstSeen, lastSeen: lookedAt, state });
    }
    const stored: StoredEvidence = { businessKey: what.businessKey, ...evidence };
    this.#write(EVIDENCE, what.id, JSON.stringify(stored));
    return true;
  }

  /** @returns whether it is another one by that: of those that are there, and are not settled. */
  stand(id: string, state: Standing): boolean {
    const known = this.#all.get(id);
    if (known === undefined || isSettled(known.state)) return false;
    this.#put({ ...known, state });
    return true;
  }

  /** What was accepted for a time that is over is open again; what was settled long ago goes. */
  sweep(nowMs: number): void {
    for (const each of this.#all.values()) {
      if (isSettled(each.state)) {
        if (Date.parse(each.state.at) < nowMs - SETTLED_KEPT_MS) this.#drop(each);
      } else if (each.state.is !== standsAt(each, nowMs)) this.#put({ ...each, state: OPEN });
    }
  }

  /** An operator had it forgotten. */
  forget({ aggregate, id }: AggregateRef): void {
    for (const each of this.#all.values())
      if (each.businessKey === id && each.aggregate === aggregate) this.#drop(each);
  }

  /** What is to be stored of it. */
  takeFresh(): Cell[] {
    const cells = [...this.#fresh.values()];
    this.#fresh.clear();
    return cells;
  }

  /** Of those that are settled, the oldest go. */
  #makeRoom(): boolean {
    if (this.#settled === 0) return false;
    const settled = [...this.#all.values()].flatMap((each) =>
      isSettled(each.state) ? [{ each, at: each.state.at }] : [],
    );
    settled.sort((a, b) => (a.at < b.at ? -1 : 1));
    for (const { each } of settled.slice(0, Math.ceil(this.#max * ROOM_SHARE))) this.#drop(each);
    return true;
  }

  #put(discrepancy: Discrepancy): void {
    const { id, ...stored } = discrepancy;
    const known = this.#all.get(id);
    if (known !== undefined && isSettled(known.state)) this.#settled -= 1;
    this.#keep(discrepancy);
    this.#write(DISCREPANCIES, id, JSON.stringify(stored));
  }

  #keep(discrepancy: Discrepancy): void {
    if (isSettled(discrepancy.state)) this.#settled += 1;
    this.#all.set(discrepancy.id, discrepancy);
  }

  #drop({ id, state }: Discrepancy): void {
    if (isSettled(state)) this.#settled -= 1;
    this.#all.delete(id);
    this.#write(DISCREPANCIES, id, null);
    this.#write(EVIDENCE, id, null);
  }

  #write(hash: string, field: string, value: string | null): void {
    this.#fresh.set(`${hash} ${field}`, { hash, field, value });
  }
}

const OPEN: Standing = { is: 'open' };

type Settled = Extract<Standing, { readonly is: 'repaired' | 'closed' }>;

const isSettled = (state: Standing): state is Settled => state.is === 'repaired' || state.is === 'closed';

/** What is stored, as it is meant. */
export const discrepancyIn = (id: string, text: string): Discrepancy => ({
  id,
  ...(JSON.parse(text) as Omit<Discrepancy, 'id'>),
});

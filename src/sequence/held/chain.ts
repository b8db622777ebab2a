/**
 * PostgreSQL's chain of transactions: each names the one before it (SPEC S7). Where it is broken a transaction may be lost, so the next
 * one is held until a person decides; with `gaps: report` it is counted and goes on.
 */
import type { Position } from '../../domain/source/position.js';
import type { Held, Resolution } from '../commit-order.js';
import type { Counts } from '../counts.js';
import type { OpenTransaction } from '../open-transaction.js';
import type { SequencerSettings } from '../settings.js';
import { gap } from './held.js';

export class Chain {
  readonly #settings: SequencerSettings;
  readonly #counts: Counts;
  #broken: { readonly transaction: OpenTransaction; readonly frontier: Position } | null = null;
  #letThrough: OpenTransaction | null = null;

  constructor(settings: SequencerSettings, counts: Counts) {
    this.#settings = settings;
    this.#counts = counts;
  }

  /** The next transaction is looked at anew. */
  look(): void {
    this.#broken = null;
  }

  /** `transaction` does not follow what was handed on. @returns whether it goes on all the same. */
  isLetThrough(transaction: OpenTransaction, frontier: Position): boolean {
    if (this.#settings.gaps === 'report') this.#pass(transaction);
    if (transaction === this.#letThrough) return true;
    this.#broken = { transaction, frontier };
    return false;
  }

  get held(): Held | null {
    return this.#broken && gap(this.#settings.source, this.#broken.transaction, this.#broken.frontier);
  }

  /** @returns false when nothing is held here, or this is no way out: what is missing cannot be parked. */
  resolve(how: Resolution): boolean {
    if (this.#broken === null || how !== 'release') return false;
    this.#pass(this.#broken.transaction);
    this.#broken = null;
    return true;
  }

  #pass(transaction: OpenTransaction): void {
    if (transaction === this.#letThrough) return;
    this.#letThrough = transaction;
    this.#counts.gaps += 1;
  }
}

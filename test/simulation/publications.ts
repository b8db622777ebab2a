/** Which of the owed events are published, as a checker counts them: of one publisher alone, each order's in their order. */
import { plainEvent } from '../support/delivery/pipeline.js';
import type { PublishedRecord } from '../support/rig.js';
import type { Expected } from './expected.js';
import { Violation } from './violation.js';

export interface Publications {
  readonly checked: number;
  /** An event of a Kafka transaction that is committed. @returns its order. @throws Violation */
  publish(record: PublishedRecord): string;
  /** Nothing more is owed of this order. */
  waive(order: string): void;
  /** @returns how many events of it are owed still. */
  missing(order: string): number;
  /** Every event that a source transaction owes is settled: nobody has to read it again. */
  isSettled(txid: string): boolean;
}

/** By source transaction: how many of the events that it owes are settled. */
export class Settled {
  readonly #expected: Pick<Expected, 'owedBy'>;
  readonly #counts = new Map<string, number>();

  constructor(expected: Pick<Expected, 'owedBy'>) {
    this.#expected = expected;
  }

  add(txid: string): void {
    this.#counts.set(txid, (this.#counts.get(txid) ?? 0) + 1);
  }

  has(txid: string): boolean {
    return (this.#counts.get(txid) ?? 0) === this.#expected.owedBy.get(txid);
  }
}

export class OwnPublications implements Publications {
  checked = 0;
  readonly #expected: Expected;
  readonly #published = new Map<string, number>();
  readonly #waived = new Set<string>();
  readonly #settled: Settled;

  constructor(expected: Expected) {
    this.#expected = expected;
    this.#settled = new Settled(expected);
  }

  publish(record: PublishedRecord): string {
    const plain = plainEvent(record);
    const done = this.#published.get(plain.order) ?? 0;
    const owed = this.#expected.byOrder.get(plain.order)?.[done];
    const found = JSON.stringify(plain);
    if (this.#waived.has(plain.order))
      throw new Violation('T18', `${plain.order} is forgotten, and publishes ${found}`);
    if (owed?.text !== found)
      throw new Violation('G2, G3', `event ${done + 1} of ${plain.order} is ${found}, owed is ${owed?.text ?? 'none'}`);
    const { eventId } = record.value;
    if (owed.id !== eventId) throw new Violation('G4', `${found} has id ${String(eventId)}, not ${owed.id}`);
    this.#published.set(plain.order, done + 1);
    this.#settled.add(owed.txid);
    this.checked += 1;
    return plain.order;
  }

  waive(order: string): void {
    this.#waived.add(order);
    const events = this.#expected.byOrder.get(order) ?? [];
    for (const { txid } of events.slice(this.#published.get(order) ?? 0)) this.#settled.add(txid);
  }

  missing(order: string): number {
    if (this.#waived.has(order)) return 0;
    return (this.#expected.byOrder.get(order)?.length ?? 0) - (this.#published.get(order) ?? 0);
  }

  isSettled(txid: string): boolean {
    return this.#settled.has(txid);
  }
}

/**
 * Who owns what of one shard, and which of the owed events are published by whom, as the servers tell it, at the Kafka transaction in which it happens.
 * It knows of Dragoman's decisions what stands in contract topics, journal and progress, and when something was seen; of an order whose market may
 * have come later, also whose its state says that it is, while that may be settled. It shares no code with what decides.
 *
 * - a fact is published once over both owners, with one id, and numbers of an order under a contract have no gaps (G2 to G5, T22)
 * - whose it was when it was decided, publishes it (V1): Dragoman leaves nothing to a service that is its own, and publishes nothing that is the service's
 * - what a service owes is published once when its route is taken, or given up then, and at no other time
 */
import { contractText } from '../../../src/domain/integration-event.js';
import { eventId } from '../../../src/domain/event-id.js';
import { serviceIn } from '../../../src/domain/ownership/headers.js';
import type { AggregateState } from '../../../src/domain/state/aggregate-state.js';
import type { JournalEntry } from '../../../src/domain/state/journal-entry.js';
import { cellOf } from '../../../src/pipeline/state/cells.js';
import { plainEvent } from '../../support/delivery/pipeline.js';
import type { PublishedRecord } from '../../support/rig.js';
import type { Expected, ExpectedEvent } from '../expected.js';
import { type Publications, Settled } from '../publications.js';
import { Violation } from '../violation.js';
import type { RoutesPlan } from './plan.js';
import type { RouteAt, Stages } from './stages.js';

/**
 * `unseen`: nothing of it was ever decided. `open`: its service was asked for the route when it was seen first, and may have begun it; else it is
 * legacy's. `unclear`: what was seen does not say whose it is; its first fact does, or, while its service is asked, what the state says then.
 */
export type OwnerSeen = 'service' | 'legacy' | 'open' | 'unclear' | 'unseen';

/** Entries that are no sign that rows of it were seen. */
const OF_NO_ROWS: ReadonlySet<JournalEntry['outcome']> = new Set(['told', 'owed', 'command']);

export class Ledger implements Publications {
  checked = 0;
  /** What services owed and Dragoman published. */
  owed = 0;
  readonly #plan: RoutesPlan;
  readonly #stages: Stages;
  readonly #expected: Expected;
  readonly #isParked: (order: string) => boolean;
  readonly #settled: Settled;
  readonly #isSettled = new Set<string>();
  readonly #published = new Set<string>();
  /** By services. */
  readonly #told = new Set<string>();
  #early = 0;
  readonly #left = new Set<string>();
  readonly #givenUp = new Set<string>();
  /** Ids of events whose entries stand in the journal. */
  readonly #taken = new Set<string>();
  /** By contract and order: numbers given. */
  readonly #counts = new Map<string, number>();
  /** By order: the last of its events that Dragoman published when it was decided. */
  readonly #live = new Map<string, number>();
  /** By order: the last one that was owed, of this Kafka transaction. */
  #owing = new Map<string, number>();
  readonly #owners = new Map<string, OwnerSeen>();
  /** By order, as its state says. */
  readonly #said = new Map<string, AggregateState['owners']>();
  readonly #seen = new Set<string>();
  /** By order, parts of its state: rows, and facts that happened. */
  readonly #parts = new Map<string, Set<string>>();
  #stored: { readonly order: string; readonly part: string; readonly isThere: boolean }[] = [];
  /** Of this Kafka transaction, by id of an event: what decided it. */
  #outcomes = new Map<string, JournalEntry['outcome']>();

  constructor(plan: RoutesPlan, stages: Stages, expected: Expected, isParked: (order: string) => boolean) {
    this.#plan = plan;
    this.#stages = stages;
    this.#expected = expected;
    this.#isParked = isParked;
    this.#settled = new Settled(expected);
  }

  /** A cell of the state topic. */
  stored(key: string, text: string | null): void {
    const { hash, field } = cellOf({ key, value: null });
    const order = /^order:(.*)$/.exec(hash)?.[1];
    if (order === undefined || !(field === '' || /^[rf]/.test(field))) return;
    if (field !== '') return void this.#stored.push({ order, part: field, isThere: text !== null });
    const { owners, fired } = JSON.parse(text ?? '{}') as Partial<AggregateState>;
    this.#said.set(order, owners);
    this.#stored.push({ order, part: 'f', isThere: fired !== undefined });
  }

  /** Entries of a Kafka transaction, before its events; stages are as they are in it. */
  decided(entries: readonly JournalEntry[]): void {
    const ofOrders = entries.filter(({ aggregate }) => aggregate === 'order');
    this.#outcomes = new Map(
      ofOrders.flatMap(({ outcome, events = [] }) => events.map(({ value }) => [String(value['eventId']), outcome])),
    );
    this.#owing = new Map();
    for (const entry of ofOrders) {
      const isAlone = ofOrders.filter(({ id }) => id === entry.id).length === 1;
      if (!OF_NO_ROWS.has(entry.outcome)) this.#see(entry.id, isAlone, entry.outcome);
      if (entry.outcome === 'told') this.#take(entry);
      for (const verdict of entry.verdicts) if (verdict.verdict === 'withheld') this.#withheld(entry, verdict);
    }
    const entered = new Set(ofOrders.map(({ id }) => id));
    for (const { order, part, isThere } of this.#stored) {
      const parts = this.#parts.get(order) ?? new Set();
      this.#parts.set(order, parts);
      if (isThere) parts.add(part);
      else parts.delete(part);
      if (isThere && part.startsWith('r') && !entered.has(order)) this.#see(order, true, 'baseline');
      this.#settledBy(order, this.#said.get(order) ?? {});
    }
    this.#stored = [];
  }

  /** V1. What has neither rows nor facts any more is as one that was never seen. */
  #see(order: string, isAlone: boolean, outcome: JournalEntry['outcome']): void {
    const isFirst = !this.#seen.has(order);
    this.#seen.add(order);
    const parts = [...(this.#parts.get(order) ?? [])];
    const events = this.#expected.byOrder.get(order) ?? [];
    const hasFacts = parts.some((part) => part.startsWith('f')) || events.some(({ id }) => this.#isSettled.has(id));
    const isAgain = !isFirst && !hasFacts && (!isAlone || !parts.some((part) => part.startsWith('r')));
    for (const contract of this.#plan.names) {
      const name = `${contract} ${order}`;
      const known = this.#owners.get(name);
      const route = this.#stages.of(contract, order);
      const isServices = route.stage === 'service';
      const isClear = route.isClear && outcome !== 'parked';
      const clear = route.returning === undefined ? 'service' : 'open';
      if (isFirst && known === undefined) this.#owners.set(name, isServices ? (isClear ? clear : 'unclear') : 'legacy');
      else if (isAgain && known !== 'service' && isServices) this.#owners.set(name, 'unclear');
    }
  }

  /** By what is remembered: its market has come. While its service is asked for the route, nothing is settled. */
  #settledBy(order: string, owners: NonNullable<AggregateState['owners']>): void {
    for (const contract of this.#plan.names) {
      const name = `${contract} ${order}`;
      const { stage, returning } = this.#stages.of(contract, order);
      if (owners[contract] !== 'service' || stage !== 'service' || returning !== undefined) continue;
      if (this.#owners.get(name) === 'unclear') this.#owners.set(name, 'service');
    }
  }

  #take({ id: order, told, origin }: JournalEntry): void {
    if (told === undefined) return;
    const { eventId: id, finding } = told;
    if (finding !== undefined)
      throw new Violation('T22', `what ${origin.source} told of ${order} is found: ${finding.code}: ${finding.text}`);
    if (!this.#published.has(id)) throw new Violation('T22', `${id} of ${order} is taken up, and nobody told it`);
    if (this.#taken.has(id)) throw new Violation('T22', `${id} of ${order} is taken up twice`);
    this.#taken.add(id);
  }

  #withheld(
    { id: order, outcome }: JournalEntry,
    { contract, occurrence }: { contract: string; occurrence: string },
  ): void {
    const id = eventId({ contract, majorVersion: 1, aggregateId: order, occurrence });
    const event = this.#expected.byOrder.get(order)?.find((each) => each.id === id);
    if (event === undefined || this.#published.has(id)) return;
    const { text, owner, route } = this.#whose(event);
    if (outcome === 'owed') {
      if (owner === 'service' || route?.taken !== 'rest')
        throw new Violation('V1', `${text} is given up, and is not to be`);
      this.#givenUp.add(id);
      return;
    }
    const isAsked = route?.returning !== undefined;
    if (owner === 'legacy' || (owner === 'open' && !isAsked))
      throw new Violation('V1', `${text} is left to the service, and is legacy's`);
    const of = contractOf(event);
    if (owner === 'unclear' && (!isAsked || this.#said.get(order)?.[of] === 'service'))
      this.#owners.set(`${of} ${order}`, 'service');
    this.#left.add(id);
    this.#settle(event);
  }

  publish(record: PublishedRecord): string {
    const plain = plainEvent(record);
    const all = this.#expected.byOrder.get(plain.order) ?? [];
    const { eventId: id } = record.value;
    const at = all.findIndex((each) => each.id === id);
    const event = all[at];
    const found = JSON.stringify(plain);
    if (event === undefined) throw new Violation('G4', `${found} has id ${String(id)}, which nothing that is owed has`);
    if (this.#published.has(event.id)) throw new Violation('G3, T22', `${found} is published twice`);
    const contract = contractOf(event);
    const count = `${contract} ${plain.order}`;
    const sequence = (this.#counts.get(count) ?? 0) + 1;
    const owed = JSON.stringify({ ...(JSON.parse(event.text) as object), sequence });
    if (owed !== found) throw new Violation('G2, G3', `an event of ${plain.order} is ${found}, owed is ${owed}`);
    const before = all.slice(0, at).filter((each) => contractOf(each) === contract);
    const missing = before.find((each) => !this.#published.has(each.id) && !this.#givenUp.has(each.id));
    if (missing !== undefined)
      throw new Violation('G2', `${found} is published before ${missing.text}: ${this.story(plain.order)}`);
    if (serviceIn(record.headers['ce_producer'] ?? '') === null) this.#publishOwn(event, at);
    else this.#tell(event);
    this.#counts.set(count, sequence);
    this.#published.add(event.id);
    this.#settle(event);
    this.checked += 1;
    return plain.order;
  }

  #publishOwn(event: ExpectedEvent, at: number): void {
    const { text, owner } = this.#whose(event);
    if (owner === 'service') throw new Violation('V1', `${text} is published, and is the service's`);
    const { order } = event.owed;
    if (owner === 'unclear' || owner === 'open') this.#owners.set(`${contractOf(event)} ${order}`, 'legacy');
    if (this.#outcomes.get(event.id) === 'owed') {
      if (!this.#left.has(event.id))
        throw new Violation('V1', `${text} is published as owed, and was not left to the service`);
      if (at < (this.#owing.get(order) ?? 0))
        throw new Violation('G2', `${text} is owed, and published after later ones of its order`);
      this.#owing.set(order, at);
      this.owed += 1;
      return;
    }
    if (this.#left.has(event.id)) throw new Violation('V1', `${text} was left to the service, and is published anew`);
    if (at < (this.#live.get(order) ?? 0))
      throw new Violation('G2', `${text} is published after later ones of its order`);
    this.#live.set(order, at);
  }

  #tell(event: ExpectedEvent): void {
    const { text, owner, route } = this.#whose(event);
    const isItsOwn = owner !== 'legacy' && (owner !== 'unseen' || route?.stage === 'service');
    if (!isItsOwn) throw new Violation('a service follows the protocol', `${text} is told, and is legacy's`);
    if (this.#plan.isSticky) this.#owners.set(`${contractOf(event)} ${event.owed.order}`, 'service');
    this.#told.add(event.id);
    if (!this.#left.has(event.id)) this.#early += 1;
  }

  #whose(event: ExpectedEvent): { readonly text: string; readonly owner: OwnerSeen; readonly route: RouteAt | null } {
    const { order } = event.owed;
    const contract = contractOf(event);
    const route = this.#plan.names.includes(contract) ? this.#stages.of(contract, order) : null;
    return { text: `${contract} ${event.text}`, owner: this.ownerOf(contract, order), route };
  }

  /** How many events services have published, and how many of them before their rows were decided. */
  get told(): { readonly count: number; readonly early: number } {
    return { count: this.#told.size, early: this.#early };
  }

  /** Of an aggregate under a contract, as it stands now. */
  ownerOf(contract: string, order: string): OwnerSeen {
    if (!this.#plan.names.includes(contract)) return 'legacy';
    const { stage, taken } = this.#stages.of(contract, order);
    if (!this.#plan.isSticky) return stage === 'service' ? 'service' : 'legacy';
    const owner = this.#owners.get(`${contract} ${order}`);
    if (owner === undefined) return 'unseen';
    return owner !== 'legacy' && taken !== undefined ? 'legacy' : owner;
  }

  /** It was decided, and left to the service, which has not told it. */
  isLeft(id: string): boolean {
    return this.#left.has(id) && !this.#published.has(id);
  }

  #settle({ id, txid }: ExpectedEvent): void {
    if (this.#isSettled.has(id)) return;
    this.#isSettled.add(id);
    this.#settled.add(txid);
  }

  waive(): void {
    throw new RangeError('nobody is forgotten where routes move');
  }

  /** Of one that is parked, what was left to a service may wait behind that. */
  missing(order: string): number {
    const events = this.#expected.byOrder.get(order) ?? [];
    const isOver = ({ id }: ExpectedEvent): boolean =>
      this.#published.has(id) || this.#givenUp.has(id) || (this.#left.has(id) && this.#isParked(order));
    return events.filter((event) => !isOver(event)).length;
  }

  /** What became of each event of an order, for whoever looks into a violation. */
  story(order: string): string {
    const events = this.#expected.byOrder.get(order) ?? [];
    return events
      .map(({ id, owed: { type, sequence } }) => {
        const marks = { published: this.#published, told: this.#told, left: this.#left, 'given up': this.#givenUp };
        const words = Object.entries(marks).flatMap(([word, ids]) => (ids.has(id) ? [word] : []));
        const { owner, route } = this.#whose(events.find((each) => each.id === id) as ExpectedEvent);
        return `${type} ${sequence}: ${words.join(', ') || 'nothing'} (${owner}, ${route?.stage} ${route?.epoch})`;
      })
      .join('; ');
  }

  isSettled(txid: string): boolean {
    return this.#settled.has(txid);
  }

  /** What was told, and was not taken up; null: nothing. */
  untold(): string | null {
    const lost = [...this.#expected.byOrder.values()]
      .flat()
      .find(({ id }) => this.#told.has(id) && !this.#taken.has(id));
    return lost === undefined ? null : `${lost.text} was told, and never taken up`;
  }
}

export const contractOf = ({ owed: { type } }: ExpectedEvent): string => contractText(type, 1);

/**
 * The oracle: which integration events must come out of a history of committed transactions, and in which order.
 *
 * In:  transactions in commit order, and how many of the first ones are the baseline (what the snapshot saw).
 * Out: expected events in commit order; inside one transaction by order number, then as EVENT_TYPES, then by number.
 *      What became true while nothing was streamed (`miss`) is expected as missed, not as an event.
 * Invariants:
 *  E1 an event is expected when its occurrence holds after a transaction and did not hold before it;
 *  E2 never twice for one order number, whatever happens in between; what held in the baseline counts as having been;
 *  E3 `sequence` counts the expected events of one type of one order from 1 without gaps;
 *  E4 an order whose number changes gives no event from that transaction on, under neither number;
 *  E5 an order that had to give an event without a header gives none from then on (the event cannot be built);
 *  E6 what holds when streaming goes on after a gap, and was no event before, is missed, and never becomes an event;
 *  E7 where orders are to be accepted in time (deadlines.ts), one that is not, and is not cancelled, is overdue: with the rows of that moment.
 */
import { type Due, Deadlines } from './deadlines.js';
import type { EventType, Fields } from './facts.js';
import { compareNumbers, heldFacts, missingForAcceptance } from './facts.js';
import type { Change, Transaction } from './history.js';
import { ORDER_TABLES, OrderBook } from './history.js';

export interface ExpectedEvent {
  readonly eventType: EventType;
  readonly orderId: string;
  /** `once`, or rel_no, req_no, pay_id: unique with eventType and orderId. */
  readonly occurrence: string;
  readonly sequence: number;
  /** Commit time of the source transaction, ms. */
  readonly occurredAt: number | null;
  readonly tenant: string | null;
  readonly market: string | null;
  readonly channel: string | null;
  readonly causation: Causation;
  /** It is due by the clock, which the transaction moved: the instant, ISO-8601 in UTC. Absent: the transaction causes it. */
  readonly dueAt?: string;
  readonly fields: Fields;
}

/** The transaction that causes an event. */
export interface Causation {
  readonly txid: number | string;
  /** The number in the id of Debezium's END record. */
  readonly commitEndLsn: string | null;
  /** So many rows of an order's tables it changed, one by one: a TRUNCATE counts none. */
  readonly rows: number;
}

export type ParkReason = 'AGGREGATE_KEY_CHANGED' | 'HEADER_MISSING';

export interface MissedFact extends Pick<ExpectedEvent, 'eventType' | 'orderId' | 'occurrence'> {
  /** The order was there before the gap; one that only a snapshot shows has a past that nobody can tell. */
  readonly wasKnown: boolean;
}

export interface Expectation {
  readonly events: readonly ExpectedEvent[];
  readonly missed: readonly MissedFact[];
  readonly parked: ReadonlyMap<string, ParkReason>;
}

/** The whole history at once. `baselineCount`: so many transactions at the start are silent. */
export function expect(history: Iterable<Transaction>, baselineCount = 0, settings: OracleSettings = {}): Expectation {
  const oracle = new Oracle(settings);
  const events: ExpectedEvent[] = [];
  let done = 0;
  for (const transaction of history) {
    if (done < baselineCount) oracle.learn(transaction);
    else events.push(...oracle.next(transaction));
    done += 1;
  }
  return { events, missed: oracle.missed, parked: oracle.parked };
}

export interface OracleSettings {
  /** Orders are to be accepted so long after a transaction first told of them. Absent: nobody waits for it. */
  readonly acceptedWithinMs?: number;
}

/** The same, one transaction at a time: all `learn` calls come before the first `next` or `miss`. */
export class Oracle {
  readonly missed: MissedFact[] = [];
  readonly parked = new Map<string, ParkReason>();
  private readonly book = new OrderBook();
  private readonly seen = new Map<string, Set<string>>();
  private readonly sequences = new Map<string, number>();
  private readonly baselineOrders = new Set<string>();
  /** Orders changed in the gap, and whether they were there before. */
  private readonly ordersInGap = new Map<string, boolean>();
  private streaming = false;
  private readonly deadlines: Deadlines | null;

  constructor({ acceptedWithinMs }: OracleSettings = {}) {
    this.deadlines = acceptedWithinMs === undefined ? null : new Deadlines(acceptedWithinMs);
  }

  /** A transaction before the snapshot: only the state that it leaves behind counts. */
  learn(transaction: Transaction): void {
    for (const change of relevant(transaction)) {
      for (const id of this.book.ordersTouchedBy(change)) this.baselineOrders.add(id);
      this.book.apply(change);
    }
  }

  /** A transaction that no connector streamed: the snapshot that follows shows the state that it leaves behind. */
  miss(transaction: Transaction): void {
    this.closeBaseline();
    for (const change of relevant(transaction)) {
      for (const id of this.book.ordersTouchedBy(change)) {
        if (!this.ordersInGap.has(id)) this.ordersInGap.set(id, this.book.has(id));
      }
      this.book.apply(change);
    }
  }

  /** A streamed transaction -> what is overdue before it, and the events that it must cause. */
  next(transaction: Transaction): ExpectedEvent[] {
    this.closeBaseline();
    this.closeGap();
    const commitMs = transaction.commitTsMs ?? 0;
    const overdue = (this.deadlines?.due(commitMs) ?? []).flatMap((due) => this.overdueOf(transaction, due));
    const changes = relevant(transaction);
    const touched = this.touchedBy(changes);
    const before = new Map(touched.map((id) => [id, this.occurrences(id)]));
    for (const change of changes) {
      this.parkKeyChange(change);
      this.book.apply(change);
    }
    const events = touched.flatMap((id) => this.eventsOf(transaction, id, before.get(id) ?? new Set()));
    for (const id of touched) this.deadlines?.told(id, commitMs, this.isOver(id));
    return [...overdue, ...events];
  }

  private overdueOf(transaction: Transaction, { orderId, dueMs }: Due): ExpectedEvent[] {
    const missing = missingForAcceptance(this.book, orderId);
    if (this.isOver(orderId) || missing.length === 0 || missing.includes('order is not cancelled')) return [];
    this.deadlines?.miss(orderId);
    const dueAt = new Date(dueMs).toISOString();
    const fact = { eventType: 'OrderAcceptanceOverdue' as const, occurrence: dueAt, fields: { dueAt, missing } };
    return [{ ...this.eventOf(transaction, orderId, fact), occurredAt: dueMs, dueAt }];
  }

  private isOver(orderId: string): boolean {
    const isAccepted = this.seen.get(orderId)?.has('OrderAcceptedForFulfillment|once') === true;
    return isAccepted || !this.book.has(orderId) || this.parked.has(orderId);
  }

  private eventsOf(transaction: Transaction, orderId: string, before: ReadonlySet<string>): ExpectedEvent[] {
    if (this.parked.has(orderId)) return [];
    const seen = this.seenOf(orderId);
    const fresh = heldFacts(this.book, orderId).filter((fact) => {
      const name = `${fact.eventType}|${fact.occurrence}`;
      if (before.has(name) || seen.has(name)) return false;
      seen.add(name);
      return true;
    });
    if (fresh.length === 0) return [];
    const [header] = this.book.rowsOf(orderId, 'ord_hdr');
    if (header === undefined) {
      this.parked.set(orderId, 'HEADER_MISSING');
      return [];
    }
    return fresh.map((fact) => this.eventOf(transaction, orderId, { ...fact, fields: fact.fields(header) }));
  }

  private eventOf(
    transaction: Transaction,
    orderId: string,
    { eventType, occurrence, fields }: Pick<ExpectedEvent, 'eventType' | 'occurrence' | 'fields'>,
  ): ExpectedEvent {
    const [header] = this.book.rowsOf(orderId, 'ord_hdr');
    const { txid, commitEndLsn, commitTsMs } = transaction;
    const rows = relevant(transaction).filter(({ op }) => op !== 't').length;
    return {
      ...{ eventType, orderId, occurrence },
      sequence: this.nextSequence(eventType, orderId),
      occurredAt: commitTsMs,
      tenant: header?.['tnt_cd'] ?? null,
      market: header?.['mkt_cd'] ?? null,
      channel: header?.['chnl_cd'] ?? null,
      causation: { txid, commitEndLsn: commitEndLsn?.toString() ?? null, rows },
      fields,
    };
  }

  private closeBaseline(): void {
    if (this.streaming) return;
    this.streaming = true;
    for (const id of this.baselineOrders) {
      for (const name of this.occurrences(id)) this.seenOf(id).add(name);
    }
  }

  private closeGap(): void {
    for (const [orderId, wasKnown] of this.ordersInGap) {
      const seen = this.seenOf(orderId);
      for (const { eventType, occurrence } of heldFacts(this.book, orderId)) {
        const name = `${eventType}|${occurrence}`;
        if (seen.has(name) || this.parked.has(orderId)) continue;
        seen.add(name);
        this.missed.push({ eventType, orderId, occurrence, wasKnown });
      }
    }
    this.ordersInGap.clear();
  }

  /** Order numbers in any version of any changed row, including those passed through on the way. */
  private touchedBy(changes: readonly Change[]): string[] {
    const ids = new Set<string>();
    for (const change of changes) {
      for (const id of this.book.ordersTouchedBy(change)) ids.add(id);
    }
    return [...ids].sort(compareNumbers);
  }

  private parkKeyChange(change: Change): void {
    if (change.table !== 'ord_hdr' || change.op !== 'u') return;
    const [from, to] = [change.before?.['ord_no'], change.row?.['ord_no']];
    if (from == null || to == null || from === to) return;
    this.parked.set(from, 'AGGREGATE_KEY_CHANGED');
    this.parked.set(to, 'AGGREGATE_KEY_CHANGED');
  }

  private occurrences(orderId: string): Set<string> {
    return new Set(heldFacts(this.book, orderId).map((fact) => `${fact.eventType}|${fact.occurrence}`));
  }

  private seenOf(orderId: string): Set<string> {
    let seen = this.seen.get(orderId);
    if (seen === undefined) this.seen.set(orderId, (seen = new Set<string>()));
    return seen;
  }

  private nextSequence(eventType: EventType, orderId: string): number {
    const counted = `${eventType} of ${orderId}`;
    const sequence = (this.sequences.get(counted) ?? 0) + 1;
    this.sequences.set(counted, sequence);
    return sequence;
  }
}

function relevant(transaction: Transaction): Change[] {
  return transaction.changes.filter((change) => ORDER_TABLES.includes(change.table));
}

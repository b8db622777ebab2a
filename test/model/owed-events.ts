/**
 * The events that Dragoman owes for a history of the retailer's database.
 *
 * M1 An occurrence of a fact (its conditions are in `legacy-db/oracle/facts.ts`) causes an event when it holds after a streamed
 *    transaction, did not hold before it, and never held at a snapshot or caused one before (G1, G3, design 3).
 * M2 Snapshots are silent (G5); what was committed while nobody streamed is seen through the next one.
 * M3 Events come in commit order; inside one transaction by order number, then as the facts are listed; `sequence` counts the events
 *    of one type of one order from 1 without gaps (G2).
 * M5 What an intervention makes true has been, and causes no event (docs/data-fixes.md).
 * M4 An order whose number changes, or that owes an event without having a header, is parked: it gives none from then on (G6).
 */
import { compareNumbers, type EventType, type Fields, type HeldFact, heldFacts } from '../../legacy-db/oracle/facts.js';
import { type Change, ORDER_TABLES, OrderBook, type Row, type Transaction } from '../../legacy-db/oracle/history.js';
import type { Commit, History } from './history.js';

export interface OwedEvent {
  readonly type: EventType;
  readonly order: string;
  readonly sequence: number;
  readonly occurredAtMs: number;
  /** Number of the source transaction and end of its commit. */
  readonly cause: { readonly txid: number | string; readonly end: string };
  readonly context: readonly (string | null)[];
  readonly fields: Fields;
}

export interface Owed {
  readonly events: readonly OwedEvent[];
  readonly parked: ReadonlySet<string>;
}

/** @param isLearnt it is an intervention. */
export function owedEvents(history: History, isLearnt: (commit: Commit) => boolean = () => false): Owed {
  const book = new OrderBook();
  const known = new Map<string, { readonly counts: Map<EventType, number>; readonly had: Set<string> }>();
  const parked = new Set<string>();
  const events: OwedEvent[] = [];
  const orderOf = (id: string) => known.get(id) ?? known.set(id, { counts: new Map(), had: new Set() }).get(id)!;

  for (const happening of history) {
    if (happening.kind === 'snapshot') {
      for (const [id, { had }] of known) for (const fact of heldFacts(book, id)) had.add(nameOf(fact));
      continue;
    }
    const { transaction, isStreamed } = happening;
    const changes = transaction.changes.filter(({ table }) => ORDER_TABLES.includes(table));
    const touched = [...new Set(changes.flatMap((change) => ordersOf(book, change)))].sort(compareNumbers);
    const before = new Map(touched.map((id) => [id, new Set(heldFacts(book, id).map(nameOf))]));
    for (const change of changes) book.apply(change);
    for (const id of touched) orderOf(id);
    if (!isStreamed) continue;
    for (const id of changes.flatMap(renumbered)) parked.add(id);
    for (const id of touched.filter((order) => !parked.has(order))) {
      const order = orderOf(id);
      const fresh = heldFacts(book, id).filter((f) => !before.get(id)?.has(nameOf(f)) && !order.had.has(nameOf(f)));
      const [header] = book.rowsOf(id, 'ord_hdr');
      if (fresh.length > 0 && header === undefined && !isLearnt(happening)) parked.add(id);
      else if (!isLearnt(happening))
        for (const fact of fresh) events.push(eventOf(fact, header!, transaction, id, next(order.counts, fact)));
      for (const fact of fresh) order.had.add(nameOf(fact));
    }
  }
  return { events, parked };
}

function next(counts: Map<EventType, number>, { eventType }: HeldFact): number {
  const sequence = (counts.get(eventType) ?? 0) + 1;
  counts.set(eventType, sequence);
  return sequence;
}

const nameOf = ({ eventType, occurrence }: HeldFact): string => `${eventType} ${occurrence}`;

/** Orders in any version of the changed row: as stored, before and after. */
const ordersOf = (book: OrderBook, change: Change): string[] => [...book.ordersTouchedBy(change)];

/** Both numbers, when a header got another one. */
function renumbered({ table, op, before, row }: Change): string[] {
  const [from, to] = [before?.['ord_no'], row?.['ord_no']];
  return table === 'ord_hdr' && op === 'u' && from != null && to != null && from !== to ? [from, to] : [];
}

function eventOf(fact: HeldFact, header: Row, by: Transaction, order: string, sequence: number): OwedEvent {
  return {
    type: fact.eventType,
    order,
    sequence,
    occurredAtMs: by.commitTsMs ?? 0,
    cause: { txid: by.txid, end: String(by.commitEndLsn) },
    context: [header['tnt_cd'] ?? null, header['mkt_cd'] ?? null, header['chnl_cd'] ?? null],
    fields: fact.fields(header),
  };
}

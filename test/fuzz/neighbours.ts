/**
 * One damaged record in a small history, through a whole pipeline in memory.
 *
 * N1 The pipeline ends drained or refused with a known code; nothing else is thrown.
 * N2 Of damage: what is published for each order is the beginning of what is published without it; never anything else.
 *    Which order an unreadable row belongs to cannot be told from itself when its key does not name the order (pay_txn, whs_rel): it
 *    may be new, or have come from another order. Then the orders that ever had it may lack events, or get
 *    them with a later transaction, but no other ones.
 * N3 Of damage to a row: unless the source is refused, or waits for a transaction that lacks rows, all other orders get all their
 *    events.
 * Of a legal change (see `mutations.ts`) only N1 is asked, because it is not known to be wrong.
 */
import { isDeepStrictEqual } from 'node:util';
import { ERRORS } from '../../src/errors.js';
import { rowsOf } from '../model/owed-transactions.js';
import { below, type Choices, chosen } from '../support/choices.js';
import { type GeneratedHistory, generated } from '../support/history/generated.js';
import type { HistoryPlan } from '../support/history/plan.js';
import type { RecordedRecord } from '../support/recordings.js';
import { type PublishedRecord, retailerRules, Rig } from '../support/rig.js';
import { mutant, type MutationKind, MUTATIONS } from './mutations.js';

/** A history with what is published of it when nothing is damaged. */
export interface Sound {
  readonly plan: HistoryPlan;
  readonly made: GeneratedHistory;
  readonly published: ReadonlyMap<string, readonly unknown[]>;
}

export interface NeighbourFinding {
  readonly kind: MutationKind;
  readonly why: string;
  readonly plan: HistoryPlan;
  /** Which record was damaged, and how it reads then. */
  readonly at: number;
  readonly changed: RecordedRecord;
}

export async function soundOf(plan: HistoryPlan): Promise<Sound> {
  const made = generated(plan);
  const rig = new Rig(made.records, { rules: await retailerRules() });
  await rig.live();
  return { plan, made, published: byOrder(rig.published()) };
}

/** One damaged record, anywhere. @returns null when all held, or nothing could be damaged. */
export async function fuzzNeighbours(sound: Sound, random: Choices): Promise<NeighbourFinding | null> {
  const { records } = sound.made;
  const at = below(random, records.length);
  const topics = [...new Set(records.map(({ topic }) => topic))];
  const record = records[at];
  const made = record === undefined ? null : mutant(record, chosen(random, MUTATIONS), random, topics);
  if (made === null) return null;
  const why = await broken(sound, at, made.record, made.isLegal);
  return why === null ? null : { kind: made.kind, why, plan: sound.plan, at, changed: made.record };
}

/** What does not hold when this record is read instead; null when everything does. */
export async function broken(
  { made, published }: Pick<Sound, 'made' | 'published'>,
  at: number,
  changed: RecordedRecord,
  isLegal: boolean,
): Promise<string | null> {
  const original = made.records[at];
  if (original === undefined) return null;
  // In another topic it stands behind what is there: offsets of a partition grow.
  const isMoved = changed.topic !== original.topic;
  const placed = isMoved ? { ...changed, partition: 0, offset: 1_000_000 } : changed;
  const records = isMoved
    ? [...made.records.filter((_, i) => i !== at), placed]
    : made.records.map((record, i) => (i === at ? changed : record));
  const rig = new Rig(records, { rules: await retailerRules() });
  let end: Awaited<ReturnType<Rig['live']>>;
  try {
    end = await rig.live();
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  if (end.kind === 'refused' && !(end.code in ERRORS)) return `refused with the unknown code ${end.code}`;
  if (end.kind !== 'refused' && end.kind !== 'drained') return `ended ${end.kind}`;
  if (isLegal) return null;
  const given = byOrder(rig.published());
  const touched = touchedBy(made, original);
  const isIndexed = /\.(pay_txn|whs_rel)$/.test(original.topic);
  for (const [order, events] of given) {
    const sound = published.get(order) ?? [];
    const wanted = sound.slice(0, events.length);
    const isPart =
      isIndexed && touched.has(order) && events.every((event) => sound.some((one) => idOf(one) === idOf(event)));
    if (!isPart && !isDeepStrictEqual(events, wanted))
      return `N2: order ${order} got ${JSON.stringify(events)} instead of ${JSON.stringify(wanted)}`;
  }
  if (end.kind === 'refused' || isWaiting(rig) || isMoved) return null;
  for (const [order, events] of published)
    if (!touched.has(order) && given.get(order)?.length !== events.length) return `N3: order ${order} lacks events`;
  return null;
}

const isWaiting = (rig: Rig): boolean => rig.told.some((event) => event.kind === 'sequenced' && event.held !== null);

function byOrder(published: readonly PublishedRecord[]): Map<string, unknown[]> {
  const orders = new Map<string, unknown[]>();
  for (const { key, value } of published) orders.set(key, [...(orders.get(key) ?? []), value]);
  return orders;
}

const idOf = (event: unknown): unknown => (event as { eventId: unknown }).eventId;

/** Orders that ever had the row of this record, under any of its keys; all for a boundary. */
function touchedBy({ history }: GeneratedHistory, { topic, key }: RecordedRecord): ReadonlySet<string> {
  const table = /\.oms\.(\w+)$/.exec(topic)?.[1];
  const text = [...(key ?? '').matchAll(/:"?([^",}]+)/g)].map(([, part]) => part).join('/');
  const orders = new Set<string>();
  for (const happening of history) {
    for (const change of happening.kind === 'commit' ? happening.transaction.changes : []) {
      const isIt = table === undefined || (change.table === table && rowsOf(change).some((row) => row.key === text));
      if (!isIt) continue;
      for (const row of [change.before, change.row]) if (row?.['ord_no'] != null) orders.add(row['ord_no']);
    }
  }
  return orders;
}

/** What a history owes, in the forms in which a checker asks for it. */
import { eventId } from '../../src/domain/event-id.js';
import { ownsId, type Shard } from '../../src/domain/shard.js';
import type { Commit } from '../model/history.js';
import { type Owed, owedEvents, type OwedEvent } from '../model/owed-events.js';
import { generated } from '../support/history/generated.js';
import type { HistoryPlan } from '../support/history/plan.js';
import { plainOwed } from '../support/delivery/pipeline.js';
import type { RecordedRecord } from '../support/recordings.js';

/** In the place of every text that no table definition declares; found nowhere but in the input (G7). */
export const UNDECLARED = 'never-declared';

export interface Expected {
  readonly records: readonly RecordedRecord[];
  readonly visible: readonly number[];
  readonly owed: Owed;
  /** By order, in commit order. */
  readonly byOrder: ReadonlyMap<string, readonly ExpectedEvent[]>;
  /** By partition: transactions that owe events, with the offset after the last of their records there, in the order of those. */
  readonly passedAt: ReadonlyMap<string, readonly { readonly end: number; readonly txid: string }[]>;
  /** How many events a transaction owes. */
  readonly owedBy: ReadonlyMap<string, number>;
}

/** What is published. */
export interface ExpectedEvent {
  readonly text: string;
  readonly id: string;
  readonly txid: string;
  readonly occurrence: string;
  readonly owed: OwedEvent;
}

/** @param isLearnt transactions that are interventions. */
export function expectedOf(plan: HistoryPlan, isLearnt?: (commit: Commit) => boolean): Expected {
  const made = generated(plan);
  const owed = owedEvents(made.history, isLearnt);
  const byOrder = new Map<string, ExpectedEvent[]>();
  const owedBy = new Map<string, number>();
  for (const event of owed.events) {
    const list = byOrder.get(event.order) ?? [];
    byOrder.set(event.order, list);
    const txid = String(event.cause.txid);
    const occurrence = occurrenceOf(event);
    const named = { contract: event.type, majorVersion: 1, aggregateId: event.order, occurrence };
    list.push({ text: JSON.stringify(plainOwed(event)), id: eventId(named), txid, occurrence, owed: event });
    owedBy.set(txid, (owedBy.get(txid) ?? 0) + 1);
  }
  const records = made.records.map(marked);
  return { records, visible: made.visible, owed, byOrder, owedBy, passedAt: passedAt(made.records, owedBy) };
}

/** What one shard owes. */
export function owedOf(expected: Expected, shard: Shard): Expected {
  if (shard.count === 1) return expected;
  const byOrder = new Map([...expected.byOrder].filter(([order]) => ownsId(shard, order)));
  const counts = new Map<string, number>();
  for (const { txid } of [...byOrder.values()].flat()) counts.set(txid, (counts.get(txid) ?? 0) + 1);
  const passed = [...expected.passedAt].map(([partition, all]) => {
    return [partition, all.filter(({ txid }) => counts.has(txid))] as const;
  });
  const parked = new Set([...expected.owed.parked].filter((order) => ownsId(shard, order)));
  return { ...expected, byOrder, owedBy: counts, passedAt: new Map(passed), owed: { ...expected.owed, parked } };
}

function occurrenceOf({ order, fields }: OwedEvent): string {
  const text = (name: string): string => (typeof fields[name] === 'object' ? '' : String(fields[name] ?? ''));
  const request = text('requestNumber');
  return text('releaseNumber') || text('paymentId') || (request === '' ? '' : `${order}/${request}`);
}

/** Copies that a connector wrote again count too: a transaction is passed when nobody can read any row of it again. */
function passedAt(
  records: readonly RecordedRecord[],
  owedBy: ReadonlyMap<string, number>,
): Map<string, { end: number; txid: string }[]> {
  const ends = new Map<string, Map<string, number>>();
  for (const { topic, partition, offset, value } of records) {
    const txid = /"(?:transaction":\{"id"|id)":"(\d+):/.exec(value ?? '')?.[1];
    if (txid === undefined || !owedBy.has(txid)) continue;
    const name = `${topic}/${partition}`;
    const here = ends.get(name) ?? new Map<string, number>();
    ends.set(name, here.set(txid, offset + 1));
  }
  return new Map(
    [...ends].map(([name, here]) => [
      name,
      [...here].map(([txid, end]) => ({ txid, end })).sort((a, b) => a.end - b.end),
    ]),
  );
}

/** Text columns of the legacy tables that the retailer's rules do not declare. */
const UNDECLARED_COLUMNS = /"(street|zip|city|notes|line_sts|ok_flg)":"(?:[^"\\]|\\.)*"/g;

const marked = (record: RecordedRecord): RecordedRecord =>
  record.value === null
    ? record
    : { ...record, value: record.value.replace(UNDECLARED_COLUMNS, (_, name: string) => `"${name}":"${UNDECLARED}"`) };

/** Records of one transaction: which are new, what becomes of each, their effects, and the note of it. */
import { DragomanError } from '../../errors.js';
import type { PassedCode } from '../codes.js';
import type { Reading } from '../on.js';
import type { Passed, Read, ReadEvent, Refused } from '../read/event.js';
import { placeOf, placeText } from '../read/record.js';
import { claim, giveBack, placeId, placesOf } from '../store/ids.js';
import { holdOrders, keepOrders, orderText } from '../store/orders.js';
import { orderOf, park, parkedBefore, parkedOrderCount, parkedRecordCount, type ToPark } from '../store/parked.js';
import type { Queries } from '../store/transaction.js';
import { applyAll } from './effects.js';
import { eventNotice, type Notice, noticeOf } from './notice.js';
import { judge } from './verdicts.js';

export interface TakeOptions {
  readonly consumer: string;
  readonly readings: readonly Reading[];
  readonly parkedOrdersMax: number;
  readonly parkedRecordsMax: number;
  readonly idsKeptSinceMs: () => number;
  /** What waits is tried again: an order that is parked is taken as one that is not. */
  readonly isRetry?: boolean;
}

export interface Taken {
  /** Events that took effect. */
  readonly applied: number;
  readonly notices: readonly Notice[];
  /** Of records that are counted, and told of to nobody: there may be many. */
  readonly quiet: readonly PassedCode[];
  readonly parked: readonly ToPark[];
}

/** Inside a transaction. @throws EffectFailed; DragomanError INBOX_MISSING, INBOX_FULL; what the database throws */
export async function take(tx: Queries, records: readonly Read[], options: TakeOptions): Promise<Taken> {
  const { consumer, readings, isRetry = false } = options;
  const events = firstOfEach(records.filter(isEvent));
  const fresh = await claim(tx, consumer, [...events.values()]);
  const isNew = (event: ReadEvent): boolean => fresh.has(event.id) && events.get(event.id) === event;
  const repeats = records.filter(isEvent).filter((event) => !isNew(event));
  const discarded = await discardedOf(tx, consumer, records.filter(isRefused));
  const open = records.filter(
    (read): read is ReadEvent | Refused =>
      (read.kind === 'refused' && !discarded.has(read)) || (read.kind === 'event' && isNew(read)),
  );
  const orders = await holdOrders(
    tx,
    consumer,
    open.map(({ record }) => orderOf(record)),
  );
  if (isRetry) for (const order of orders.values()) order.parked = false;
  const waiting = open.map(({ record }) => record).filter((record) => orders.get(orderText(orderOf(record)))?.parked);
  const known = { orders, parkedBefore: await parkedBefore(tx, consumer, waiting) };
  const found = judge(open, { ...known, idsKeptSinceMs: options.idsKeptSinceMs() });
  await giveBack(tx, consumer, found.giveBack);
  await park(tx, consumer, found.park);
  await applyAll(readings, found.apply, tx);
  await keepOrders(tx, consumer, isRetry ? [...orders.values()] : found.touched);
  if (found.park.length > 0) await assertRoom(tx, options);
  const passed = records.filter(isPassed);
  const told = passed.filter(({ code }) => !QUIET.has(code));
  const notices = [
    ...told.map(({ record, code, text }) => noticeOf(record, code, text)),
    ...[...discarded].map(({ record }) => noticeOf(record, 'EVENT_DISCARDED', 'This record was given up before.')),
    ...(await repeatNotices(tx, consumer, repeats)),
    ...found.notices,
  ];
  const quiet = passed.map(({ code }) => code).filter((code) => QUIET.has(code));
  return { applied: found.apply.length, notices, quiet, parked: found.park };
}

/** What other consumers read. */
const QUIET: ReadonlySet<PassedCode> = new Set(['TYPE_UNKNOWN', 'VERSION_OLDER']);

const isEvent = (read: Read): read is ReadEvent => read.kind === 'event';
const isRefused = (read: Read): read is Refused => read.kind === 'refused';
const isPassed = (read: Read): read is Passed => read.kind === 'passed';

function firstOfEach(all: readonly ReadEvent[]): ReadonlyMap<string, ReadEvent> {
  const byId = new Map<string, ReadEvent>();
  for (const event of all) if (!byId.has(event.id)) byId.set(event.id, event);
  return byId;
}

/** Those that were parked, and given up. */
async function discardedOf(tx: Queries, consumer: string, refused: readonly Refused[]): Promise<ReadonlySet<Refused>> {
  const idOf = ({ record }: Refused): string => placeId(placeOf(record));
  const known = await placesOf(tx, consumer, refused.map(idOf));
  return new Set(refused.filter((read) => known.has(idOf(read))));
}

async function repeatNotices(tx: Queries, consumer: string, repeats: readonly ReadEvent[]): Promise<Notice[]> {
  const places = await placesOf(tx, consumer, [...new Set(repeats.map(({ id }) => id))]);
  return repeats.map((event) => {
    const first = places.get(event.id);
    const { topic, partition, offset } = event.place;
    const isSame = first?.topic === topic && first.partition === partition && first.offset === offset;
    if (isSame) return eventNotice(event, 'EVENT_READ_AGAIN', 'This record was dealt with before.');
    const where = first === undefined ? 'in the same batch' : `at ${placeText(first)}`;
    return eventNotice(event, 'EVENT_REPUBLISHED', `The event with this id stood ${where} before.`);
  });
}

/**
 * More say that something is wrong with the consumer, or with all events: reading on would only hide it. Records are counted, too: those without a key
 * are all of one order.
 */
async function assertRoom(
  tx: Queries,
  {
    consumer,
    parkedOrdersMax,
    parkedRecordsMax,
  }: Pick<TakeOptions, 'consumer' | 'parkedOrdersMax' | 'parkedRecordsMax'>,
): Promise<void> {
  if ((await parkedOrderCount(tx, consumer, parkedOrdersMax + 1)) > parkedOrdersMax)
    throw full(consumer, `${parkedOrdersMax} orders`, 'parkedOrdersMax');
  if ((await parkedRecordCount(tx, consumer, parkedRecordsMax + 1)) > parkedRecordsMax)
    throw full(consumer, `${parkedRecordsMax} records`, 'parkedRecordsMax');
}

const full = (consumer: string, what: string, limit: string): DragomanError =>
  new DragomanError(
    'INBOX_FULL',
    `More than ${what} of consumer ${consumer} would be parked. Nothing more is taken, and nothing is lost: find out what they have in ` +
      `common (Inbox.parked), mend it, and let them be tried again (Inbox.retry), or allow more (${limit}).`,
  );

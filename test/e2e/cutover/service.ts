/**
 * The new order service of the cut-over, a process of its own with a database of its own. Orders that came through its door are its own: it begins them
 * and publishes what becomes of them, through the kit. What becomes of them it takes from the committed history of the legacy database, by the oracle:
 * so of both systems together the oracle knows what must be published. Its door is open while it owns all contracts of a market; asked for one back, it
 * closes the door, begins whoever is inside, and then hands over. Killed, it goes on where its last transaction ended.
 */
import { readFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { type ExpectedEvent, Oracle } from '../../../legacy-db/oracle/expected-events.js';
import type { Transaction } from '../../../legacy-db/oracle/history.js';
import { Tail } from '../../../legacy-db/oracle/tail.js';
import {
  exported,
  inTransaction,
  kafkajsRun,
  Outbox,
  OUTBOX_SQL,
  partitionsBy,
  type Queries,
} from '../../../src/producer/index.js';
import { ownOccurrence } from '../expected-record.js';
import { Door, NEW_CHANNEL } from './door.js';
import { MOVED_TYPES, SERVICE, settingsFrom } from './settings.js';

type Records = Parameters<Outbox['take']>[1];

const { brokers, database, legacy: legacyUrl, contracts: folder, ...settings } = settingsFrom(process.env);
/** Of one transaction of the service. */
const TRANSACTIONS_MAX = 100;

const contracts = new Map<string, ReturnType<typeof exported>>(
  MOVED_TYPES.map((type) => [type, exported(JSON.parse(readFileSync(`${folder}/${type}.v1/contract.json`, 'utf8')))]),
);
const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.ERROR });
const admin = kafka.admin();
const pool = new pg.Pool({ connectionString: database, max: 4 });
const legacy = new pg.Pool({ connectionString: legacyUrl, max: 4 });
const outbox = new Outbox({
  ...{ ...settings, service: SERVICE, contracts: [...contracts.values()] },
  ...{ aggregate: 'order', context: ['tenant', 'market', 'channel'], partitionsOf: partitionsBy(admin) },
});
const door = new Door(legacy);
const tail = await Tail.open(legacy);
const oracle = new Oracle();
const ending = new AbortController();

const say = (said: object): void => console.log(JSON.stringify(said));

/** Order numbers of orders that came through the door, with their context. */
const own = new Map<string, { readonly tenant: string; readonly market: string; readonly channel: string }>();

/** Orders that a transaction enters through the door. */
function entered({ changes }: Transaction): string[] {
  return changes.flatMap(({ table, op, row }) => {
    if (table !== 'ord_hdr' || op !== 'c' || row?.['chnl_cd'] !== NEW_CHANNEL) return [];
    const { ord_no: key = '', tnt_cd: tenant, mkt_cd: market } = row;
    own.set(key ?? '', { tenant: tenant ?? '', market: market ?? '', channel: NEW_CHANNEL });
    return [key ?? ''];
  });
}

/** Its own of what a transaction causes. */
function caused(transaction: Transaction): { begun: string[]; events: ExpectedEvent[] } {
  const begun = entered(transaction);
  return { begun, events: oracle.next(transaction).filter(({ orderId }) => own.has(orderId)) };
}

async function publish(tx: Queries, event: ExpectedEvent): Promise<void> {
  const { eventType, orderId, occurredAt, causation, fields, tenant, market, channel } = event;
  const contract = contracts.get(eventType);
  if (contract === undefined) throw new Error(`no contract ${eventType}`);
  await outbox.publish(
    tx,
    contract,
    { orderId, tenant, market, channel, ...fields },
    {
      occurrence: ownOccurrence(event),
      occurredAt: new Date(occurredAt ?? 0).toISOString(),
      causationId: `${SERVICE}:${causation.txid}:${causation.commitEndLsn ?? ''}`,
    },
  );
}

/** What was lived through before it was killed is only remembered. */
async function live(batch: readonly Transaction[], livedTo: bigint): Promise<void> {
  const fresh: Transaction[] = [];
  for (const transaction of batch)
    if ((transaction.commitEndLsn ?? 0n) > livedTo) fresh.push(transaction);
    else caused(transaction);
  for (let at = 0; at < fresh.length; at += TRANSACTIONS_MAX) await livePart(fresh.slice(at, at + TRANSACTIONS_MAX));
}

async function livePart(part: readonly Transaction[]): Promise<void> {
  const all = part.map(caused);
  await inTransaction(pool, async (tx) => {
    for (const { begun, events } of all) {
      for (const key of begun) await outbox.begin(tx, key, own.get(key) ?? {});
      for (const event of events) await publish(tx, event);
    }
    await tx.query('UPDATE lived SET lsn = $1', [part.at(-1)?.commitEndLsn?.toString()]);
  });
}

/** Markets that records ask to be handed over. */
function askedFor(records: Records): string[] {
  const asked = records.flatMap(({ topic, value }) => {
    if (topic !== outbox.topics[0] || value === null) return [];
    const { asked: isAsked, selector } = JSON.parse(String(value)) as Move;
    return isAsked === true ? [selector.context['market'] ?? ''] : [];
  });
  return [...new Set(asked)];
}

interface Move {
  readonly asked?: boolean;
  readonly selector: { readonly context: Readonly<Record<string, string>> };
}

/** Before a route is handed over: nobody comes in any more, and whoever is inside is begun. */
async function take(database: typeof pool, records: Records): Promise<void> {
  for (const market of askedFor(records)) {
    if (await door.set(market, false)) say({ code: 'DOOR_CLOSED', market });
    await tail.untilNow(); // also where it was closed by a process that was killed then
  }
  await outbox.take(database, records);
  if (records.some(({ topic, headers }) => topic === outbox.topics[0] || isHandover(headers))) await openDoors();
}

const isHandover = (headers: Records[number]['headers']): boolean =>
  String(headers?.['ce_type'] ?? '') === 'dragoman.ownership.v1';

async function openDoors(): Promise<void> {
  const standing = await outbox.standing(pool);
  const owned = new Map<string, number>();
  for (const { routes } of standing)
    for (const { selector, stage } of routes)
      if (stage === 'service' && selector.context['market'] !== undefined)
        owned.set(selector.context['market'], (owned.get(selector.context['market']) ?? 0) + 1);
  for (const [market, count] of owned)
    if (count === contracts.size && (await door.set(market, true))) say({ code: 'DOOR_OPENED', market });
}

await pool.query(OUTBOX_SQL);
await pool.query(
  'CREATE TABLE IF NOT EXISTS lived (one boolean PRIMARY KEY DEFAULT true CHECK (one), lsn bigint NOT NULL)',
);
await pool.query('INSERT INTO lived (lsn) VALUES (0) ON CONFLICT DO NOTHING');
const [lived] = (await pool.query<{ lsn: string }>('SELECT lsn FROM lived')).rows;
const livedTo = BigInt(lived?.lsn ?? 0);
await admin.connect();
const consumer = kafka.consumer({
  ...{ groupId: `${settings.namespace}.${SERVICE}.routes`, sessionTimeout: 6_000, heartbeatInterval: 1_000 },
  maxWaitTimeInMs: 50,
});
consumer.on(consumer.events.GROUP_JOIN, () => say({ code: 'JOINED' }));
await consumer.connect();
await consumer.subscribe({ topics: [...outbox.topics], fromBeginning: true });
await consumer.run(kafkajsRun({ take: (_, records) => take(pool, records) }, pool));
process.once('SIGTERM', () => ending.abort());

while (!ending.signal.aborted)
  try {
    await tail.follow((batch) => live(batch, livedTo), ending.signal);
  } catch (error) {
    const { code = 'FAILED', message } = error as Error & { code?: string };
    say({ code, message });
    process.exit(1); // what the oracle was told cannot be told again: a new process remembers it
  }
await consumer.disconnect();
await admin.disconnect();
await pool.end();
await legacy.end();

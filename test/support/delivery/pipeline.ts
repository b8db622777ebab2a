/** What a whole pipeline in memory published for a generated history, held against the events that the model owes. */
import { deepEqual } from 'node:assert/strict';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import type { Owed, OwedEvent } from '../../model/owed-events.js';
import { type Choices, choices } from '../choices.js';
import type { Log } from '../history/log.js';
import { clearing, type Fault, NO_FAULT, withFault } from '../pipeline/faults.js';
import { type LifeEnd, type PublishedRecord, retailerRules, Rig } from '../rig.js';

/** How the pipeline lives through the history. JSON-safe. */
export interface Lives {
  /** After how many thousandths of the records each life but the last has to end, drained. */
  readonly cuts: readonly number[];
  /** One fault of the first life: at this call to the outside, from 1; 0 none. */
  readonly call: number;
  readonly fault: Fault;
  /** How many owners read and write at the same time, where only one may. */
  readonly owners: number;
  readonly seed: number;
}

const SETTINGS = { limits: { transactionsMax: 3, rowsMax: 10_000, changeSetsMax: 1_000 } };

/** In every second history no more rows than these are held. */
const HELD_ROWS_FEW = 2;

/** How many calls to the outside an undisturbed life makes. */
export async function callsOf(log: Log): Promise<number> {
  const rig = new Rig(log.records, { rules: await retailerRules(), settings: SETTINGS });
  const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
  await rig.live(ports);
  return ports.calls.length;
}

/** @throws AssertionError; whatever else was thrown by the pipeline. */
export async function expectPublished(log: Log, lives: Lives, owed: Owed, rules?: LoadedRules): Promise<void> {
  const rig = await lived(log, lives, rules ?? (await retailerRules()));
  const published = rig.published();
  deepEqual(published.map(plainEvent).sort(inCommitOrder), owed.events.map(plainOwed).sort(inCommitOrder));
  expectCommitOrder(published);
  const parked = Object.keys(rig.parked()).map((name) => name.replace('order:', ''));
  deepEqual(parked.sort(), [...owed.parked].sort());
}

async function lived(log: Log, lives: Lives, rules: LoadedRules): Promise<Rig> {
  const settings = { ...SETTINGS, heldRowsMax: lives.seed % 2 === 0 ? HELD_ROWS_FEW : 100_000 };
  const rig = emptied(new Rig(log.records, { rules, settings }));
  const cuts = lives.cuts.map((cut) => Math.round((cut / 1_000) * log.records.length)).sort((a, b) => a - b);
  let from = 0;
  for (const [life, to] of [...cuts, log.records.length].entries()) {
    rig.play(log.records.slice(from, to));
    from = to;
    const faulty = life === 0 && lives.call > 0;
    const ends = await together(rig, lives.owners, faulty ? lives : null, choices(lives.seed + life));
    if (ends.every(({ kind }) => kind !== 'drained')) deepEqual(await rig.live(), { kind: 'drained' });
  }
  return rig;
}

/** The topics are there, the records not yet. */
export function emptied(rig: Rig): Rig {
  const inputs = rig.log.topics.filter((topic) => topic.startsWith('legacy.'));
  for (const topic of inputs) rig.log.createTopic(topic, rig.log.partitionsOf(topic).length);
  return rig;
}

/** All start at once; a later one fences the earlier. */
function together(rig: Rig, owners: number, fault: Lives | null, random: Choices): Promise<LifeEnd[]> {
  const lives = Array.from({ length: Math.max(1, owners) }, async (_, i): Promise<LifeEnd> => {
    for (let turns = Math.floor(random() * 40) * i; turns > 0; turns -= 1) await new Promise(setImmediate);
    const ports = rig.ports();
    return rig.live(fault === null || i > 0 ? ports : withFault(ports, fault, clearing(rig.store)));
  });
  return Promise.all(lives);
}

export interface PlainEvent {
  readonly end: string;
  readonly order: string;
  readonly sequence: number;
  readonly rest: unknown;
}

/** Those of one order in one transaction stay as they are. */
function inCommitOrder(a: PlainEvent, b: PlainEvent): number {
  return compare(BigInt(a.end), BigInt(b.end)) || compare(BigInt(a.order), BigInt(b.order));
}
const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

const METADATA = new Set(
  'eventId eventType schemaVersion occurredAt sequence correlationId causationId tenant market channel sourceSystem orderId'.split(
    ' ',
  ),
);

export function plainEvent({ value }: PublishedRecord): PlainEvent {
  const { eventType: type, occurredAt, causationId: cause, tenant, market, channel } = value;
  const fields = Object.fromEntries(Object.entries(value).filter(([name]) => !METADATA.has(name)));
  const rest = { type, cause, occurredAt, context: [tenant, market, channel], fields };
  return { end: endOf(cause), order: String(value.orderId), sequence: Number(value.sequence), rest };
}

export function plainOwed({ type, order, sequence, occurredAtMs, cause, context, fields }: OwedEvent): PlainEvent {
  const causeText = `legacy:${cause.txid}:${cause.end}`;
  const rest = { type, cause: causeText, occurredAt: new Date(occurredAtMs).toISOString(), context, fields };
  return { end: cause.end, order, sequence, rest };
}

const endOf = (cause: unknown): string => String(cause).split(':').at(-1) ?? '';

/** Inside each topic, which has one partition here: commits never go back (G2). */
function expectCommitOrder(published: readonly PublishedRecord[]): void {
  for (const topic of new Set(published.map((record) => record.topic))) {
    const ends = published
      .filter((record) => record.topic === topic)
      .map(({ value }) => BigInt(endOf(value.causationId)));
    deepEqual(ends, [...ends].sort(compare));
  }
}

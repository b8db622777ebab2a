/**
 * Decisions -> entries of the journal, and back. Said shortly: what a reader can make again is left out, above all the headers of events
 * and everything that is empty.
 */
import type { IntegrationEvent } from '../../domain/integration-event.js';
import type { Refusal } from '../../domain/refusal.js';
import { type AggregateState, aggregateText } from '../../domain/state/aggregate-state.js';
import type { Decision, JournalEntry, PublishedEvent, RowSeen, Verdict } from '../../domain/state/journal-entry.js';
import type { Row } from '../../domain/tables/table.js';
import { type EventContext, eventHeaders, type EventMetadata, eventText } from '../../translate/publish/event.js';
import { own } from '../../translate/own.js';
import { nameJson, recordJson, textJson } from '../../domain/json-text.js';
import type { OutputRecord, OwnRecord } from '../ports.js';
import { opened } from '../seal/seal.js';
import type { RowRef } from './parts.js';

/**
 * @param previous offsets of its entries before this one, newest first.
 * @param seal hides a text; null: its values are for everybody who reads the journal.
 */
export function journalRecord(
  topic: string,
  { before, decision, events, changed }: Decided,
  previous: readonly number[],
  seal: ((text: string) => string) | null = null,
): OutputRecord {
  const { aggregate, id, origin, outcome, command, refusal, verdicts, looked, digest, state } = decision;
  const { intervention, deadlines, said, told: event, trial, parity, echoes, repair } = decision;
  // What was forgotten is not told once more.
  const seen = outcome === 'forgotten' ? [] : withUnseen(decision, changed);
  // Words of a refusal repeat no value.
  const head =
    `"v":2,"aggregate":${nameJson(aggregate)},"id":${textJson(id)},"origin":${recordJson(origin)},"outcome":"${outcome}"` +
    `${field('command', command)}${field('repair', repair)}${field('refusal', refusal)}` +
    (intervention === undefined ? '' : `,"intervention":${nameJson(intervention)}`) +
    field('deadlines', deadlines) +
    field('told', event) +
    field('trial', trial) +
    field('echoes', echoes);
  const told =
    `"rows":[${seen.map((row) => toldJson(row, before, state)).join()}]` +
    `,"verdicts":[${verdicts.map(verdictJson).join()}]${field('said', said)}${field('looked', looked)}${field('parity', parity)}`;
  const links = `"digest":${nameJson(digest)},"previous":[${previous.join()}]`;
  const key = aggregateText(decision);
  if (seal === null) return { topic, key, value: `{${head},${told},${links}${eventsJson(events)}}`, place: id };
  const open = `"rows":[${seen.map((row) => `${namedJson(row)}}`).join()}],"verdicts":[${verdicts.map(bareJson).join()}]`;
  const hidden = textJson(seal(`{${told}${eventsJson(events)}}`));
  return { topic, key, value: `{${head},${open},${links},"sealed":${hidden}}`, place: id };
}

/** Left out where there is nothing. */
const field = (name: string, value: object | null | undefined): string =>
  value == null ? '' : `,"${name}":${JSON.stringify(value)}`;

/** Not closed. */
const namedJson = ({ table, key, op }: RowSeen): string =>
  `{"table":${nameJson(table)},"key":${textJson(key)},"op":"${op}"`;

/** Without what it says of values. */
const bareJson = (verdict: Verdict): string =>
  verdictJson('values' in verdict ? { ...verdict, values: undefined } : verdict);

export interface Decided {
  /** As the aggregate was; null: it was never heard of. */
  readonly before: AggregateState | null;
  readonly decision: Decision;
  readonly events: readonly IntegrationEvent[];
  /** Rows that are not what they were, whether a change told of them or a snapshot that is compared now. */
  readonly changed: readonly RowRef[];
}

/** So that every change of a row stands in the entry, and what was before follows from it. */
function withUnseen({ rows, state }: Decision, changed: readonly RowRef[]): readonly RowSeen[] {
  if (changed.length === 0) return rows;
  const seen = new Map<string, Set<string>>();
  for (const { table, key } of rows) {
    const keys = seen.get(table);
    if (keys === undefined) seen.set(table, new Set([key]));
    else keys.add(key);
  }
  const unseen = changed.filter(({ table, key }) => seen.get(table)?.has(key) !== true);
  if (unseen.length === 0) return rows;
  const told = unseen.map(({ table, key }): RowSeen => {
    return { table, key, op: rowOf(state.rows, table, key) === undefined ? 'moved' : 'r', changed: [] };
  });
  return [...rows, ...told];
}

/** Values as they are written, and not once more as a text in a text. */
function eventsJson(events: readonly IntegrationEvent[]): string {
  if (events.length === 0) return '';
  const texts = events.map(
    (event) =>
      `{"topic":${nameJson(event.topic)},"key":${textJson(event.key)},"type":${nameJson(event.headers['ce_type'] ?? '')},` +
      `"source":${nameJson(event.headers['ce_source'] ?? '')}${field('beside', event.beside)},"value":${eventText(event)}}`,
  );
  return `,"events":[${texts.join()}]`;
}

/** A `RowTold`, with the values that changed. */
function toldJson(seen: RowSeen, before: AggregateState | null, after: AggregateState): string {
  const { table, key, op, changed } = seen;
  const was = rowOf(before?.rows, table, key);
  const is = rowOf(after.rows, table, key);
  const row = namedJson(seen);
  // An update that changed nothing: what made it another is told by the other change of it.
  if (was === is || (op === 'u' && was !== undefined && is !== undefined && changed.length === 0)) return `${row}}`;
  const only = was === undefined || is === undefined || changed.length === 0 ? undefined : changed;
  const wasJson = was === undefined ? '' : `,"was":${recordJson(was, only)}`;
  return `${row}${wasJson}${is === undefined ? '' : `,"is":${recordJson(is, only)}`}}`;
}

const rowOf = (rows: AggregateState['rows'] | undefined, table: string, key: string): Row | undefined =>
  own(own(rows ?? {}, table) ?? {}, key);

/** A `StoredVerdict`: most verdicts say no more than their word. */
function verdictJson(verdict: Verdict): string {
  const { fact, verdict: word, occurrence } = verdict;
  const text = `{"fact":${nameJson(fact)},"verdict":"${word}"${occurrence === '' ? '' : `,"occurrence":${textJson(occurrence)}`}`;
  if (word === 'already') return `${text}}`;
  if (verdict.verdict === 'unmet')
    return `${text}${namesJson('unmet', verdict.unmet)}${namesJson('unknown', verdict.unknown)}}`;
  const rest = recordJson(
    verdict,
    Object.keys(verdict).filter((name) => !SAID.has(name)),
  );
  return rest === '{}' ? `${text}}` : `${text},${rest.slice(1)}`;
}

const SAID: ReadonlySet<string> = new Set<keyof Verdict>(['fact', 'verdict', 'occurrence']);

/** Of conditions; left out where there is none. */
const namesJson = (name: string, all: readonly string[]): string =>
  all.length === 0 ? '' : `,"${name}":[${all.map(nameJson).join()}]`;

interface StoredVerdict extends Pick<Verdict, 'fact' | 'verdict'> {
  readonly occurrence?: string;
  readonly unmet?: readonly string[];
  readonly unknown?: readonly string[];
}

const wholeVerdict = ({ fact, verdict, occurrence = '', ...rest }: StoredVerdict): Verdict =>
  (verdict === 'unmet'
    ? { fact, verdict, occurrence, unmet: rest.unmet ?? [], unknown: rest.unknown ?? [] }
    : { fact, verdict, occurrence, ...rest }) as Verdict;

interface StoredEvent extends Pick<EventContext, 'key' | 'type' | 'source'> {
  readonly topic: string;
  readonly beside?: Readonly<Record<string, string>>;
  readonly value: EventMetadata & Readonly<Record<string, unknown>>;
}

interface StoredEntry extends Omit<JournalEntry, 'verdicts' | 'events' | 'refusal' | 'isSealed'> {
  readonly refusal?: Refusal;
  readonly verdicts: readonly StoredVerdict[];
  readonly events?: readonly StoredEvent[];
  /** What is in it stands in the place of what is beside it. */
  readonly sealed?: string;
}

/** Key by aggregate (`order:4711`), of those that have one. */
export type KeyOf = (aggregate: string) => string | undefined;

const NO_KEYS: KeyOf = () => undefined;

/**
 * A record of the journal as it is meant.
 * @throws DragomanError STATE_DAMAGED when what is sealed does not open with the key that there is.
 */
export function journalEntry(text: string, keyOf = NO_KEYS): JournalEntry {
  const { sealed, ...entry } = JSON.parse(text) as StoredEntry;
  if (sealed === undefined) return meant(entry);
  const name = aggregateText(entry);
  const key = keyOf(name);
  if (key === undefined) return { ...meant(entry), isSealed: true };
  return meant({ ...entry, ...(JSON.parse(opened(sealed, key, name)) as Partial<StoredEntry>) });
}

function meant({ events, verdicts, refusal, ...entry }: Omit<StoredEntry, 'sealed'>): JournalEntry {
  const { digest } = entry;
  return {
    ...entry,
    refusal: refusal ?? null,
    verdicts: verdicts.map(wholeVerdict),
    ...(events === undefined ? {} : { events: events.map((event) => publishedEvent(event, digest)) }),
  };
}

const publishedEvent = ({ topic, key, type, source, beside, value }: StoredEvent, digest: string): PublishedEvent => ({
  ...{ topic, key, value },
  headers: { ...eventHeaders(value, { key, type, source, digest }), ...beside },
});

/** Whether the version before wrote it, into the same journal: it gave its records no version, and is read by a conversion only. */
export const isFormer = (record: Pick<OwnRecord, 'value'>): boolean => versionOf(record) === undefined;

export const isOfNow = (record: Pick<OwnRecord, 'value'>): boolean => versionOf(record) === 2;

/** Null: it is no entry at all. */
function versionOf({ value }: Pick<OwnRecord, 'value'>): unknown {
  try {
    const entry = JSON.parse(value ?? '') as { readonly v?: unknown } | null;
    return typeof entry === 'object' && entry !== null && 'aggregate' in entry ? entry.v : null;
  } catch {
    return null;
  }
}

/**
 * A copy of what could not be applied, for people and for tools that redrive. Declared columns only, those of a class
 * without their values (G7). One that is too large for its topic leaves the changes out, and says how many: where they stand, it keeps. Headers follow the field's conventions: `__connect.errors.*` as Kafka Connect writes them (KIP-298),
 * `kafka_dlt-*` as in Spring Kafka, and our own prefix. Pure.
 */
import type { AggregateRef, ChangeSet, Origin, RowChange } from '../../domain/change-set.js';
import { batchBytes } from '../../domain/record-size.js';
import type { ToldFinding } from '../../domain/ownership/told.js';
import type { Refusal } from '../../domain/refusal.js';
import type { ChangeEvent, RecordPlace } from '../../domain/source/change-event.js';
import { positionText } from '../../domain/source/position.js';
import { aggregateText } from '../../domain/state/aggregate-state.js';
import type { Row, TableDefinition } from '../../domain/tables/table.js';
import { deadLetterHeaders, type OriginalRecord } from '../../domain/words/dead-letter-headers.js';
import { shortened } from '../../domain/words/shortened.js';
import type { CompiledRules } from '../../rules/compile.js';
import { IMPORTANCES, type Importance } from '../../rules/fact.js';
import { calledOf } from '../../rules/named.js';
import type { TranslateSettings } from '../settings.js';

/** A record without its topic. */
export interface DeadLetter {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Highest importance of the facts at stake; null when none is. */
  readonly severity: Importance | null;
}

/** Of the value, for those who read it without this code. */
const SCHEMA = 'dragoman.dead-letter@1';

type LetterSettings = Pick<TranslateSettings, 'digest'> & {
  /** Bytes that the record may have. */
  readonly bytesMax: number;
};

/** For a change set that parked its aggregate. @param severity of what is at stake. */
export function deadLetter(
  changeSet: ChangeSet,
  refusal: Refusal,
  severity: Importance | null,
  rules: Pick<CompiledRules, 'tables' | 'aggregates'>,
  settings: LetterSettings,
): DeadLetter {
  const { id, kind, origin, changes } = changeSet;
  const aggregate = calledOf(rules, changeSet.aggregate);
  const place = changes.find((change) => change.refusal !== null)?.place ?? changeSet.place ?? null;
  const parts = { aggregate: { aggregate, id }, kind, origin, refusal, severity, changes, place };
  return letter(id, parts, rules, settings);
}

/** For a change whose aggregate cannot be found (`split`'s `unplaceable`). */
export function rowDeadLetter(
  change: ChangeEvent,
  refusal: Refusal,
  rules: CompiledRules,
  settings: LetterSettings,
): DeadLetter {
  const { source, table, key, op, row, sourceTimeMs, transaction } = change;
  const origin = { source, transactionId: transaction?.id ?? null, position: null, commitTimeMs: sourceTimeMs };
  const severities = rules.feeds.get(table)?.map(({ aggregate }) => rules.aggregates.get(aggregate)?.severity ?? null);
  const severity = IMPORTANCES.find((importance) => severities?.includes(importance)) ?? null;
  const changes = [{ table, key, op, row, refusal: change.refusal }];
  const parts = { aggregate: null, kind: 'row', origin, refusal, severity, changes, place: change } as const;
  return letter(`${table}:${key}`, parts, rules, settings);
}

/** Of a record of a contract topic that Dragoman did not write. */
export interface FoundTold {
  readonly finding: ToldFinding;
  /** Null: it does not say. */
  readonly producer: string | null;
  readonly key: string | null;
  readonly place: RecordPlace;
  readonly timestampMs: number;
}

/** The event stands where it is read: nothing of it is repeated, and there is nothing to redrive. */
export function findingDeadLetter(
  { finding: refusal, producer, key, place, timestampMs }: FoundTold,
  rules: Pick<CompiledRules, 'tables'>,
  settings: LetterSettings,
): DeadLetter {
  const origin = { source: producer ?? '', transactionId: null, position: null, commitTimeMs: timestampMs };
  const parts = { aggregate: null, kind: 'told', origin, refusal, severity: null, changes: [], place } as const;
  return letter(key ?? '', parts, rules, settings);
}

interface LetterParts {
  readonly aggregate: AggregateRef | null;
  readonly kind: ChangeSet['kind'] | 'row';
  readonly origin: Origin;
  readonly refusal: Refusal | ToldFinding;
  readonly severity: Importance | null;
  readonly changes: readonly RowChange[];
  /** The record that could not be applied. */
  readonly place: RecordPlace | null;
}

function letter(
  key: string,
  parts: LetterParts,
  { tables }: Pick<CompiledRules, 'tables'>,
  { digest, bytesMax }: LetterSettings,
): DeadLetter {
  const { aggregate, kind, origin, refusal, severity, changes, place } = parts;
  const original = place === null ? null : originalOf(place);
  const id = aggregate === null ? null : shortened(aggregate.id);
  const redrive =
    aggregate === null || id !== aggregate.id ? null : `dragoman parked retry ${word(aggregate.aggregate)} ${word(id)}`;
  const value = {
    ...{ schema: SCHEMA, aggregate: aggregate?.aggregate ?? null, id, kind, origin },
    ...{ refusal, severity, original, redrive },
  };
  const headers = {
    ...(aggregate === null ? {} : { 'dragoman.dlq.aggregate': shortened(aggregateText(aggregate)) }),
    'dragoman.dlq.severity': severity ?? 'none',
    'dragoman.dlq.source': origin.source,
    'dragoman.dlq.transaction': origin.transactionId ?? '',
    'dragoman.dlq.position': origin.position === null ? '' : positionText(origin.position),
    'dragoman.dlq.first_failed_at': new Date(origin.commitTimeMs).toISOString(),
    'dragoman.dlq.rules_digest': digest,
    ...(redrive === null ? {} : { 'dragoman.dlq.redrive': redrive }),
    ...deadLetterHeaders(refusal, original),
    'content-type': 'application/json',
  };
  const record = { key: shortened(key), headers };
  const shown = changes.map((change) => redacted(change, tables.get(change.table)));
  const whole = { ...record, value: JSON.stringify({ ...value, changes: shown }) };
  if (batchBytes(whole) <= bytesMax) return { ...whole, severity };
  const leftOut = {
    ...value,
    refusal: { ...refusal, text: shortened(refusal.text) },
    changes: [],
    changesLeftOut: changes.length,
  };
  return { ...record, value: JSON.stringify(leftOut), severity };
}

function originalOf({ partition, offset }: RecordPlace): OriginalRecord {
  const slash = partition.lastIndexOf('/');
  return { topic: partition.slice(0, slash), partition: Number(partition.slice(slash + 1)), offset };
}

/** For a shell. */
const word = (text: string): string => (/^[\w.:/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/**
 * A change as people may see it. Never what was refused: its columns could not be told apart.
 * @param isPersonalShown to whoever may see values of personal columns, and those of the rules' own classes; those of secret ones nobody sees.
 */
export function redacted(
  { table: name, key, op, row, refusal, from }: RowChange,
  table: TableDefinition | undefined,
  isPersonalShown = false,
): RowChange {
  const shown = { table: name, key, op, row: row === null ? null : redactedRow(row, table, isPersonalShown), refusal };
  return from === undefined ? shown : { ...shown, from };
}

/** Without a table definition nothing is known to be public, so nothing is shown. */
function redactedRow(row: Row, table: TableDefinition | undefined, isPersonalShown: boolean): Row {
  const shown: [string, Row[string]][] = [];
  for (const [column, { sensitivity }] of Object.entries(table?.columns ?? {})) {
    const value = row[column];
    if (value === undefined) continue;
    const isShown = sensitivity === 'public' || value === null || (isPersonalShown && sensitivity !== 'secret');
    shown.push([column, isShown ? value : `[${sensitivity}]`]);
  }
  return Object.fromEntries(shown);
}

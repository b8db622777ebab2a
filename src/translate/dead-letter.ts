/**
 * A copy of what could not be applied, for people and for tools that redrive. Declared columns only, personal and secret ones
 * without their values (G7). Headers follow the field's conventions: `kafka_dlt-*` as in Spring Kafka, and our own prefix. Pure.
 */
import { aggregateText } from '../domain/aggregate-state.js';
import type { ChangeEvent, RecordPlace } from '../domain/change-event.js';
import type { ChangeSet, Origin, RowChange } from '../domain/change-set.js';
import { positionText } from '../domain/position.js';
import type { Refusal } from '../domain/refusal.js';
import type { Row, TableDefinition } from '../domain/table.js';
import type { CompiledRules } from '../rules/compile.js';
import { IMPORTANCES, type Importance } from '../rules/fact.js';
import type { TranslateSettings } from './settings.js';

/** A record without its topic. */
export interface DeadLetter {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Highest importance of the facts at stake; null when none is. */
  readonly severity: Importance | null;
}

/** For a change set that parked its aggregate. @param place where the first of its rows stands in Kafka, when that is known. */
export function deadLetter(
  changeSet: ChangeSet,
  refusal: Refusal,
  rules: CompiledRules,
  settings: TranslateSettings,
  place: RecordPlace | null = null,
): DeadLetter {
  const { aggregate, id, kind, origin, changes } = changeSet;
  const severity = rules.aggregates.get(aggregate)?.severity ?? null;
  const rows = changes.map((change) => redacted(change, rules.tables.get(change.table)));
  return {
    key: id,
    value: JSON.stringify({ aggregate, id, kind, origin, refusal, severity, changes: rows }),
    headers: {
      'dragoman.dlq.aggregate': aggregateText(changeSet),
      ...headersOf({ refusal, origin, severity, settings, place }),
    },
    severity,
  };
}

/** For a change whose aggregate cannot be found (`split`'s `unplaceable`). */
export function rowDeadLetter(
  change: ChangeEvent,
  refusal: Refusal,
  rules: CompiledRules,
  settings: TranslateSettings,
): DeadLetter {
  const { source, table, key, op, row, sourceTimeMs, transaction } = change;
  const origin = { source, transactionId: transaction?.id ?? null, position: null, commitTimeMs: sourceTimeMs };
  const severities = rules.feeds.get(table)?.map(({ aggregate }) => rules.aggregates.get(aggregate)?.severity ?? null);
  const severity = IMPORTANCES.find((importance) => severities?.includes(importance)) ?? null;
  const shown = redacted({ table, key, op, row, refusal: change.refusal }, rules.tables.get(table));
  return {
    key: `${table}:${key}`,
    value: JSON.stringify({ aggregate: null, id: null, kind: 'row', origin, refusal, severity, changes: [shown] }),
    headers: headersOf({ refusal, origin, severity, settings, place: change }),
    severity,
  };
}

interface HeaderParts {
  readonly refusal: Refusal;
  readonly origin: Origin;
  readonly severity: Importance | null;
  readonly settings: TranslateSettings;
  readonly place: RecordPlace | null;
}

const TEXT_LENGTH_MAX = 1000;

function headersOf({ refusal, origin, severity, settings, place }: HeaderParts): Record<string, string> {
  return {
    'dragoman.dlq.error.code': refusal.code,
    'dragoman.dlq.error.message': refusal.text.slice(0, TEXT_LENGTH_MAX),
    'dragoman.dlq.severity': severity ?? 'none',
    'dragoman.dlq.source': origin.source,
    'dragoman.dlq.transaction': origin.transactionId ?? '',
    'dragoman.dlq.position': origin.position === null ? '' : positionText(origin.position),
    'dragoman.dlq.first_failed_at': new Date(origin.commitTimeMs).toISOString(),
    'dragoman.dlq.rules_digest': settings.digest,
    ...(place === null ? {} : placeHeaders(place)),
    'content-type': 'application/json',
  };
}

/** Numbers as decimal texts, as Kafka Connect writes them. */
function placeHeaders({ partition, offset }: RecordPlace): Record<string, string> {
  const slash = partition.lastIndexOf('/');
  const [topic, number] = [partition.slice(0, slash), partition.slice(slash + 1)];
  return {
    'dragoman.dlq.origin.topic': topic,
    'dragoman.dlq.origin.partition': number,
    'dragoman.dlq.origin.offset': String(offset),
    'kafka_dlt-original-topic': topic,
    'kafka_dlt-original-partition': number,
    'kafka_dlt-original-offset': String(offset),
  };
}

/** Never what was refused: its columns could not be told apart. */
function redacted(
  { table: name, key, op, row, refusal, from }: RowChange,
  table: TableDefinition | undefined,
): RowChange {
  const shown = { table: name, key, op, row: row === null ? null : redactedRow(row, table), refusal };
  return from === undefined ? shown : { ...shown, from };
}

/** Without a table definition nothing is known to be public, so nothing is shown. */
function redactedRow(row: Row, table: TableDefinition | undefined): Row {
  const shown: [string, Row[string]][] = [];
  for (const [column, { sensitivity }] of Object.entries(table?.columns ?? {})) {
    const value = row[column];
    if (value === undefined) continue;
    shown.push([column, sensitivity === 'public' || value === null ? value : `[${sensitivity}]`]);
  }
  return Object.fromEntries(shown);
}

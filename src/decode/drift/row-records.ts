/**
 * One record of a table's topic as a row, with what is said of its form: what drift is found in, and what a first proposal of rules is made of.
 * Only rows as they are after a change (c, u, r) tell the form; a delete's row is invented by the source. Pure.
 */
import { isObject } from '../../domain/json-text.js';
import { isEmptyWrapper, type JsonObject, parseObject, SchemaPrefixes } from '../envelope.js';
import type { DriftPlace } from './place.js';
import { type ColumnSchemas, RowSchemas } from './row-schemas.js';

/** One record of a table's topic. */
export interface DriftRecord {
  readonly partition: string;
  readonly offset: number;
  /** Kafka's; used where the record does not tell its commit time. */
  readonly timestampMs: number;
  readonly value: string | null;
}

export type ReadRecord =
  | RowRecord
  /** A tombstone, or what says nothing of columns: deletes, truncates, logical messages. */
  | { readonly kind: 'without-row'; readonly op: unknown; readonly source: JsonObject | null }
  | { readonly kind: 'unreadable'; readonly place: DriftPlace };

export interface RowRecord {
  readonly kind: 'row';
  readonly op: 'c' | 'u' | 'r';
  readonly source: JsonObject;
  readonly row: JsonObject;
  readonly place: DriftPlace;
  readonly isSnapshot: boolean;
  /** As `convertRow` has it. */
  readonly isPartial: boolean;
  /** Null: the record came without. */
  readonly schemas: ColumnSchemas | null;
}

const ROWS: ReadonlySet<unknown> = new Set(['c', 'u', 'r']);
const NO_ROWS: ReadonlySet<unknown> = new Set(['d', 't', 'm']);
const TOMBSTONE = { kind: 'without-row', op: null, source: null } as const;

/** Of one topic, or of several. */
export class RowRecords {
  readonly #prefixes = new SchemaPrefixes();
  readonly #schemas = new RowSchemas();

  read({ partition, offset, timestampMs, value }: DriftRecord): ReadRecord {
    if (value === null || isEmptyWrapper(value)) return TOMBSTONE;
    const envelope = parseObject(value, this.#prefixes);
    const place = { partition, offset, timeMicros: commitMicros(envelope) ?? timestampMs * 1_000 };
    if (envelope !== null && isObject(envelope.source) && NO_ROWS.has(envelope.op))
      return { kind: 'without-row', op: envelope.op, source: envelope.source };
    if (!isRowEnvelope(envelope)) return { kind: 'unreadable', place };
    const { op, source, after, before } = envelope;
    const isPartial = op === 'u' && !isObject(before);
    const schemas = this.#schemas.of(value);
    return { kind: 'row', op, source, row: after, place, isSnapshot: op === 'r', isPartial, schemas };
  }
}

type RowEnvelope = JsonObject & {
  readonly op: RowRecord['op'];
  readonly source: JsonObject;
  readonly after: JsonObject;
};

const isRowEnvelope = (envelope: JsonObject | null): envelope is RowEnvelope =>
  envelope !== null && ROWS.has(envelope.op) && isObject(envelope.source) && isObject(envelope.after);

function commitMicros(envelope: JsonObject | null): number | null {
  if (envelope === null || !isObject(envelope.source)) return null;
  const { ts_us: micros, ts_ms: millis } = envelope.source;
  if (typeof micros === 'number') return micros;
  return typeof millis === 'number' ? millis * 1_000 : null;
}

/**
 * What Debezium writes for a big value that the statement did not touch, so that the log does not have it. Only the default
 * `unavailable.value.placeholder` is known; with another one these columns would be read as values.
 */
import type { ColumnType } from '../../domain/tables/column-type.js';
import type { WireValue } from './conversion.js';

const PLACEHOLDER = '__debezium_unavailable_value';
/** As JSON text: hstore with `hstore.handling.mode=json`. */
const AS_MAP = `{"${PLACEHOLDER}":"${PLACEHOLDER}"}`;
/** Name-based UUID of the placeholder: `uuid[]`. */
const AS_UUID = 'b68a35a7-17ad-35b3-af2a-ae46edb4545a';
const AS_BYTES = btoa(PLACEHOLDER);
/** `int4[]`, `int8[]`, `date[]`. */
const AS_CODES = Array.from(PLACEHOLDER, (letter) => letter.charCodeAt(0));

const isPlaceholder = (text: unknown): boolean => text === PLACEHOLDER || text === AS_BYTES || text === AS_MAP;

/** What stands in a recording for a value that whoever recorded it did not want to give away (docs/recordings.md). */
export const REDACTED = '__dragoman_redacted';

export function isUnavailable(value: WireValue): boolean {
  if (typeof value === 'string') return isPlaceholder(value) || value === REDACTED;
  if (typeof value !== 'object' || value === null) return false;
  if (!Array.isArray(value)) return (value as Record<string, unknown>)[PLACEHOLDER] === PLACEHOLDER;
  if (value.length === 1) return isPlaceholder(value[0]) || value[0] === AS_UUID;
  return value.length === AS_CODES.length && AS_CODES.every((code, place) => value[place] === code);
}

/** Elements whose arrays have a placeholder of their own. */
const MARKED: readonly ColumnType['kind'][] = ['text', 'integer', 'bigint', 'uuid', 'json'];

/**
 * Columns for which the connector has no placeholder and writes null (measured with Debezium 3.6.1 for PostgreSQL): a null in an
 * update without before image then says nothing.
 */
export function nullMayBeUnavailable(type: ColumnType): boolean {
  if (type.kind === 'bytes') return type.wire === 'base64-url-safe';
  if (type.kind !== 'array') return false;
  const { element } = type;
  if (element.kind === 'date') return element.unit === 'iso';
  if (element.kind === 'bytes') return (element.wire ?? 'base64') !== 'base64';
  return !MARKED.includes(element.kind);
}

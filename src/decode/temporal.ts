/**
 * Epoch numbers and ISO texts -> ISO-8601 in UTC. Debezium writes `timestamp without time zone` as the wall clock read as if
 * it were UTC; the table definition says in which zone that clock hung. Pure: the time zone rules come with the runtime.
 */

const MICROS_PER_MILLI = 1_000;
const HOUR_MS = 3_600_000;
/** Debezium's infinities lie far outside; a wrong unit is off by a factor of 1,000. Years 1900 to 2262. */
const EARLIEST_MS = Date.UTC(1900, 0, 1);
const LATEST_MS = Date.UTC(2262, 0, 1);

/** @returns ISO text, or null when the number is out of range (wrong unit, infinity). */
export function localTimestamp(epoch: number, unit: 'millis' | 'micros', zone: string): string | null {
  const micros = unit === 'micros' ? epoch : epoch * MICROS_PER_MILLI;
  const ms = Math.floor(micros / MICROS_PER_MILLI);
  if (!(ms >= EARLIEST_MS && ms < LATEST_MS)) return null;
  const instant = new Date(zone === 'UTC' ? ms : ms - zoneOffsetMs(ms, zone)).toISOString();
  const fraction = micros - ms * MICROS_PER_MILLI;
  return unit === 'millis' ? instant : `${instant.slice(0, -1)}${String(fraction).padStart(3, '0')}Z`;
}

/** Days since 1970 -> `2026-11-21`, or null when out of range. */
export function localDate(days: number): string | null {
  const ms = days * 24 * HOUR_MS;
  return ms >= EARLIEST_MS && ms < LATEST_MS ? new Date(ms).toISOString().slice(0, 10) : null;
}

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** Zoned ISO text as Debezium writes it. UTC stays as it is; another offset is converted; anything else gives null. */
export function instant(text: string): string | null {
  const parts = INSTANT.exec(text);
  if (parts === null) return null;
  const [, minutes, seconds, fraction = '', offset] = parts;
  if (offset === 'Z') return seconds === undefined ? null : text;
  const ms = Date.parse(`${minutes ?? ''}${seconds ?? ':00'}${offset ?? ''}`);
  return Number.isNaN(ms) ? null : `${new Date(ms).toISOString().slice(0, 19)}${fraction}Z`;
}

const offsetsByZone = new Map<string, { formatter: Intl.DateTimeFormat; byHour: Map<number, number> }>();
const HOURS_REMEMBERED_MAX = 10_000;

/**
 * Offset of `zone` at a *local* time. In the hour that a clock change skips the offset before it is used, in the hour that it
 * repeats the first reading (as `java.time` does; PostgreSQL itself takes the second one there).
 */
function zoneOffsetMs(localMs: number, zone: string): number {
  let cache = offsetsByZone.get(zone);
  if (cache === undefined) {
    cache = { formatter: formatterOf(zone), byHour: new Map() };
    offsetsByZone.set(zone, cache);
  }
  const quarter = Math.floor(localMs / (HOUR_MS / 4));
  const known = cache.byHour.get(quarter);
  if (known !== undefined) return known;
  const before = offsetAt(localMs - 24 * HOUR_MS, cache.formatter);
  const after = offsetAt(localMs + 24 * HOUR_MS, cache.formatter);
  const offset = offsetAt(localMs - before, cache.formatter) === before ? before : after;
  const settled = offsetAt(localMs - offset, cache.formatter) === offset ? offset : before;
  if (cache.byHour.size >= HOURS_REMEMBERED_MAX) cache.byHour.clear();
  cache.byHour.set(quarter, settled);
  return settled;
}

const formatterOf = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });

function offsetAt(utcMs: number, formatter: Intl.DateTimeFormat): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(utcMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1_000) * 1_000;
}

/** When a clock on the wall of a zone showed a time. Pure: the rules of the zones come with the runtime. */
import { SECONDS_PER_DAY } from './temporal.js';

/** Days whose offset is constant, by zone: nearly all of them. */
const offsetsByZone = new Map<string, { formatter: Intl.DateTimeFormat; byDay: Map<number, number | null> }>();
const DAYS_REMEMBERED_MAX = 20_000;

/**
 * Seconds that `zone` is ahead of UTC at a *local* time. In the hour that a clock change skips the offset before it is used, in
 * the hour that it repeats the first reading (as `java.time` does; PostgreSQL itself takes the second one there).
 */
export function zoneOffset(localSecond: number, zone: string): number {
  let known = offsetsByZone.get(zone);
  if (known === undefined) offsetsByZone.set(zone, (known = { formatter: formatterOf(zone), byDay: new Map() }));
  const { formatter, byDay } = known;
  const day = Math.floor(localSecond / SECONDS_PER_DAY);
  let offset = byDay.get(day);
  if (offset === undefined) {
    if (byDay.size >= DAYS_REMEMBERED_MAX) byDay.clear();
    byDay.set(day, (offset = constantOffset(day, formatter)));
  }
  return offset ?? changingOffset(localSecond, formatter);
}

/** The offset of a local day, or null when the clocks are changed on it or next to it. */
function constantOffset(day: number, formatter: Intl.DateTimeFormat): number | null {
  const before = offsetAt((day - 1) * SECONDS_PER_DAY, formatter);
  return before === offsetAt((day + 2) * SECONDS_PER_DAY, formatter) ? before : null;
}

function changingOffset(localSecond: number, formatter: Intl.DateTimeFormat): number {
  const before = offsetAt(localSecond - SECONDS_PER_DAY, formatter);
  if (offsetAt(localSecond - before, formatter) === before) return before;
  const after = offsetAt(localSecond + SECONDS_PER_DAY, formatter);
  return offsetAt(localSecond - after, formatter) === after ? after : before;
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

/** Long before the first zone: from here on back every offset is that of the sun. */
const EARLIEST_SECOND = Date.UTC(1600, 0, 1) / 1_000;
/** The calendar of the runtime ends: from here on every offset is that of its last day. */
const LATEST_SECOND = 8_640_000_000_000;

function offsetAt(second: number, formatter: Intl.DateTimeFormat): number {
  const asked = Math.min(Math.max(second, EARLIEST_SECOND), LATEST_SECOND);
  const parts: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(asked * 1_000)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, seconds) / 1_000 - asked;
}

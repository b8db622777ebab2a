/**
 * Dates and times as PostgreSQL (DateStyle ISO, TimeZone UTC, IntervalStyle postgres) and MySQL print them -> the form in which the connector sends
 * the same. Pure.
 */
import type { TimeUnit } from '../../domain/tables/column-type.js';
import { clockOf, dayOf, SECONDS_PER_DAY } from '../types/temporal.js';

/** PostgreSQL's only: each connector form of it is another number, and the value is this text. */
export const isInfinity = (text: string): boolean => text === 'infinity' || text === '-infinity';

/** MySQL's `0000-00-00`, with a time or without. */
export const isZeroDate = (text: string): boolean => text.startsWith('0000-00-00');

const ERA = ' BC';

/** `2024-02-29`, `12000-01-01`, `0044-03-15 BC` -> as ISO 8601 has it. The year before 1 is 0. */
export function isoDay(text: string): string {
  const isBefore = text.endsWith(ERA);
  const day = isBefore ? text.slice(0, -ERA.length) : text;
  if (!isBefore && day.length === 10) return day;
  const dash = day.indexOf('-');
  const year = isBefore ? 1 - Number(day.slice(0, dash)) : Number(day.slice(0, dash));
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${String(Math.abs(year)).padStart(sign === '' ? 4 : 6, '0')}${day.slice(dash)}`;
}

const MOMENT = /^(\d{4,9}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:\+00)?( BC)?$/;

/** `2024-02-29 08:11:12.123456+00` -> `2024-02-29T08:11:12.123456Z`; null when it is none. */
export function isoMoment(text: string): string | null {
  const parts = MOMENT.exec(text);
  if (parts === null) return null;
  const [, day = '', clock = '', era = ''] = parts;
  return `${isoDay(day + era)}T${clock}Z`;
}

const DIGITS = { millis: 3, micros: 6, nanos: 9 } as const;
type NumberUnit = keyof typeof DIGITS;

/** A text of {@link isoMoment} -> units since 1970, rounded down; null when there is no such day. */
export function epochOf(iso: string, unit: NumberUnit): number | bigint | null {
  const at = iso.indexOf('T');
  const day = dayOf(iso.slice(0, at));
  const clock = clockOf(iso.slice(at + 1, -1));
  if (day === null || clock === null) return null;
  return unitsOf(day * SECONDS_PER_DAY + clock.second, clock.fraction, unit);
}

/** @param fraction of a second, with its point, or empty. */
function unitsOf(second: number, fraction: string, unit: NumberUnit): number | bigint {
  const digits = DIGITS[unit];
  const part = Number(fraction.slice(1, 1 + digits).padEnd(digits, '0'));
  const units = second * 10 ** digits + part;
  return Number.isSafeInteger(units) ? units : BigInt(second) * 10n ** BigInt(digits) + BigInt(part);
}

/** A time of day -> as the connector sends it in this unit; null when it is none (MySQL's are negative, or more than a day, too). */
export function wireClock(text: string, unit: TimeUnit): number | bigint | string | null {
  const clock = clockOf(text);
  if (clock === null) return null;
  if (unit !== 'iso') return unitsOf(clock.second, clock.fraction, unit);
  return clock.second === SECONDS_PER_DAY ? '00:00:00Z' : `${text}Z`;
}

/** `10:11:12.5+02` -> `10:11:12.5+02:00`. */
export const wireZonedTime = (text: string): string => (/[+-]\d\d$/.test(text) ? `${text}:00` : text);

const DATE_PART = /([+-]?\d+) (year|mon|day)s?/g;
const CLOCK_PART = /(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

interface Interval {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  /** Of hours, minutes and seconds. */
  readonly sign: '-' | '';
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  /** As they are printed. */
  readonly fraction: string;
}

/** `-1 years -2 mons +3 days -04:05:06.7`. */
function intervalOf(text: string): Interval {
  const counts: Record<string, number> = {};
  for (const [, count, name = ''] of text.matchAll(DATE_PART)) counts[name] = Number(count);
  const [, sign = '', hours = '0', minutes = '0', seconds = '0', fraction = ''] = CLOCK_PART.exec(text) ?? [];
  const { year: years = 0, mon: months = 0, day: days = 0 } = counts;
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  return { years, months, days, sign: sign as '-' | '', hours: hour, minutes: minute, seconds: second, fraction };
}

/** The connector counts a month as 30.4375 days. */
const SECONDS_PER_MONTH = 2_629_800;

/** -> microseconds: `interval.handling.mode=numeric`. */
export function intervalMicros(text: string): bigint {
  const { years, months, days, sign, hours, minutes, seconds, fraction } = intervalOf(text);
  const clock = BigInt(hours * 3_600 + minutes * 60 + seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  const date = BigInt(years * 12 + months) * BigInt(SECONDS_PER_MONTH) + BigInt(days) * BigInt(SECONDS_PER_DAY);
  return date * 1_000_000n + (sign === '-' ? -clock : clock);
}

/** -> `P1Y2M3DT4H5M6.789S`: `interval.handling.mode=string`. */
export function intervalIso(text: string): string {
  const { years, months, days, sign, hours, minutes, seconds, fraction } = intervalOf(text);
  const signed = (number: number): string => (number === 0 ? '0' : `${sign}${number}`);
  const isWhole = seconds === 0 && !/[1-9]/.test(fraction);
  const second = isWhole ? '0' : `${sign}${seconds}${fraction === '' ? '' : `.${fraction}`}`;
  return `P${years}Y${months}M${days}DT${signed(hours)}H${signed(minutes)}M${second}S`;
}

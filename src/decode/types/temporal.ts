/**
 * Calendar and clock as arithmetic: days and seconds since 1970 <-> ISO-8601 texts, proleptic Gregorian, nothing of zones.
 * Years outside 0 to 9999 have a sign and six digits, as in JavaScript.
 */

export const SECONDS_PER_DAY = 86_400;
/** The range of JavaScript's own dates. */
const DAY_MAX = 100_000_000;

/** Most rows are of one day. */
let lastDay = 0;
let lastDayText = '1970-01-01';

/** Days since 1970 -> `2026-11-21`. @param day within ±100,000,000 */
export function dayText(day: number): string {
  if (day !== lastDay) {
    lastDayText = new Date(day * SECONDS_PER_DAY * 1_000).toISOString().slice(0, -14);
    lastDay = day;
  }
  return lastDayText;
}

const TWO = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** Second of the day -> `10:11:12`; the last one is `24:00:00`. */
export function clockText(second: number): string {
  const minutes = Math.floor(second / 60);
  const hours = Math.floor(minutes / 60);
  return `${TWO[hours] ?? ''}:${TWO[minutes - hours * 60] ?? ''}:${TWO[second - minutes * 60] ?? ''}`;
}

/** `fraction` of a second in units of 10^-`digits`: `.000123`. */
export const fractionText = (fraction: number, digits: number): string => `.${String(fraction).padStart(digits, '0')}`;

/** Seconds since 1970 and a fraction -> `2026-11-21T10:11:12.123456Z`; null outside of the calendar. */
export function instantText(second: number, fraction: string): string | null {
  const day = Math.floor(second / SECONDS_PER_DAY);
  if (!(Math.abs(day) < DAY_MAX)) return null;
  return `${dayText(day)}T${clockText(second - day * SECONDS_PER_DAY)}${fraction}Z`;
}

const DAY = /^([+-]\d{4,9}|\d{4})-(\d\d)-(\d\d)$/;

/** `2026-11-21` -> days since 1970; null when there is no such day. */
export function dayOf(text: string): number | null {
  const parts = DAY.exec(text);
  if (parts === null) return null;
  const [, year, month, day] = parts;
  const date = new Date(0);
  const ms = date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCDate() === Number(day) && date.getUTCMonth() === Number(month) - 1
    ? ms / 1_000 / SECONDS_PER_DAY
    : null;
}

const CLOCK = /^([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d)(\.\d{1,9})?)?$/;

export interface Clock {
  /** Of the day. */
  readonly second: number;
  /** With its point; empty when the text has none. */
  readonly fraction: string;
}

/** `10:11`, `10:11:12`, `10:11:12.123456`, up to `24:00:00`; null for anything else. */
export function clockOf(text: string): Clock | null {
  const parts = CLOCK.exec(text);
  if (parts === null) return null;
  const [, hours, minutes, seconds = '0', fraction = ''] = parts;
  const second = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  const isPastMidnight = second > SECONDS_PER_DAY || (second === SECONDS_PER_DAY && /[1-9]/.test(fraction));
  return isPastMidnight ? null : { second, fraction };
}

/** `Z`, `+01:00`, `-03:30:52` -> seconds ahead of UTC; null for anything else. */
export function offsetOf(text: string): number | null {
  if (text === 'Z') return 0;
  const parts = /^([+-])(\d\d):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (parts === null) return null;
  const [, sign, hours, minutes, seconds = '0'] = parts;
  const size = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  return size > SECONDS_PER_DAY ? null : sign === '-' ? -size : size;
}

/** Six digits, or nine when the text has more than six that count, so that equal times are equal texts. */
export function fractionDigits(fraction: string): string {
  const digits = fraction.slice(1).padEnd(9, '0');
  return digits.endsWith('000') ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

const MOMENT = /^([+-]?\d{4,9}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d(?::\d\d)?)$/;

export interface Moment {
  /** Since 1970, in UTC. */
  readonly second: number;
  readonly fraction: string;
}

/** `2026-11-21T10:11:12.5+01:00`; null when it is none, or on no day of the calendar. */
export function momentOf(text: string): Moment | null {
  const parts = MOMENT.exec(text);
  if (parts === null) return null;
  const day = dayOf(parts[1] ?? '');
  const clock = clockOf(parts[2] ?? '');
  const offset = offsetOf(parts[3] ?? '');
  if (day === null || clock === null || offset === null) return null;
  return { second: day * SECONDS_PER_DAY + clock.second - offset, fraction: fractionDigits(clock.fraction) };
}

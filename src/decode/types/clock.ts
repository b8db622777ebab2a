/** Times of day and lengths of time -> texts. */
import type { TimeOptions } from '../../domain/tables/column-type.js';
import { type Convert, INEXACT, INVALID, wholeNumber } from './conversion.js';
import { clockOf, clockText, fractionDigits, fractionText, offsetOf, SECONDS_PER_DAY } from './temporal.js';

const UNITS = {
  millis: { perSecond: 1_000, digits: 3, from: '00:00' },
  micros: { perSecond: 1_000_000, digits: 6, from: '00:01:26.400001' },
  nanos: { perSecond: 1_000_000_000, digits: 9, from: '00:01:26.400001' },
} as const;

/**
 * `time` -> `10:11:12.123456`, 00:00:00 to 24:00:00. A whole day of milliseconds, read as microseconds, fits into the 86.4 seconds
 * after midnight, so these are refused in the finer units unless the definition says `from`. Midnight is 0 in every unit.
 */
export function timeConverter({ unit, from }: TimeOptions): Convert {
  const start = secondsOf(from ?? (unit === 'iso' ? '00:00' : UNITS[unit].from));
  if (unit === 'iso') return isoTime(start);
  const { perSecond, digits } = UNITS[unit];
  return (value) => {
    const number = wholeNumber(value);
    if (typeof number !== 'number' || number < 0 || number > SECONDS_PER_DAY * perSecond) return INVALID;
    if (number !== 0 && number < start * perSecond) return INVALID;
    const second = Math.floor(number / perSecond);
    return clockText(second) + fractionText(number - second * perSecond, digits);
  };
}

/** Seconds after midnight. @returns NaN when the text is no time of day */
export function secondsOf(text: string): number {
  const clock = clockOf(text);
  return clock === null ? Number.NaN : clock.second + Number(clock.fraction || 0);
}

/** Debezium's `isostring`: a local time, with a `Z` all the same. */
const isoTime =
  (start: number): Convert =>
  (value) => {
    const clock = typeof value === 'string' && value.endsWith('Z') ? clockOf(value.slice(0, -1)) : null;
    if (clock === null) return INVALID;
    const { second, fraction } = clock;
    const isTooEarly = second + Number(fraction || 0) < start && second + Number(fraction || 0) !== 0;
    return isTooEarly ? INVALID : clockText(second) + fractionDigits(fraction);
  };

const ZONED = /^(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d(?::\d\d)?)$/;

/** `time with time zone` -> the time of day in UTC, `08:11:12.123456Z`. */
export const convertZonedTime: Convert = (value) => {
  const parts = typeof value === 'string' ? ZONED.exec(value) : null;
  const clock = clockOf(parts?.[1] ?? '');
  const offset = offsetOf(parts?.[2] ?? '');
  if (clock === null || offset === null) return INVALID;
  const second = (clock.second - offset + 2 * SECONDS_PER_DAY) % SECONDS_PER_DAY;
  return `${clockText(second)}${fractionDigits(clock.fraction)}Z`;
};

/** `interval.handling.mode=numeric`: microseconds as digits. The connector counts a month as 30.4375 days. */
const convertMicros: Convert = (value) => {
  const micros = wholeNumber(value);
  return micros === null ? INVALID : micros === INEXACT ? INEXACT : String(micros);
};

const ISO_INTERVAL = /^P-?\d+Y-?\d+M-?\d+DT-?\d+H-?\d+M-?\d+(\.\d{1,9})?S$/;

/** `interval.handling.mode=string`: `P1Y2M3DT4H5M6.789S`, as it comes. */
const convertIso: Convert = (value) => (typeof value === 'string' && ISO_INTERVAL.test(value) ? value : INVALID);

export const intervalConverter = ({ unit }: { readonly unit: 'micros' | 'iso' }): Convert =>
  unit === 'iso' ? convertIso : convertMicros;

/**
 * Dates and times with a date -> ISO-8601 texts. A number shows no unit: read in a unit that is too fine, every year from 1 to
 * 9999 falls into 1968 to 1978, and in one that is too coarse far behind the year 9999. So what lies outside of the declared
 * range of days is refused, and the range of a number begins after 1978 where the definition does not say otherwise.
 */
import type {
  CalendarOptions,
  DateOptions,
  TimestampOptions,
  TimeUnit,
  ZeroDate,
} from '../../domain/tables/column-type.js';
import { type Conversion, type Convert, INEXACT, INVALID, wholeNumber, type WireValue } from './conversion.js';
import { dayOf, dayText, fractionText, instantText, momentOf, SECONDS_PER_DAY } from './temporal.js';
import { zoneOffset } from './zone.js';

/** Days since 1970, the last one included. */
export interface Days {
  readonly first: number;
  readonly last: number;
}

const FIRST_OF_NUMBERS = '1980-01-01';
const FIRST = '0001-01-01';
const LAST = '9999-12-31';

/** The declared range; null when an end of it is no day, or it is empty. */
export function daysOf({ from, to }: CalendarOptions, first: string): Days | null {
  const [start, end] = [dayOf(from ?? first), dayOf(to ?? LAST)];
  return start === null || end === null || start > end ? null : { first: start, last: end };
}

/** @throws nothing: rules with such a range do not load. */
const rangeOf = (options: CalendarOptions, first = FIRST): Days => daysOf(options, first) ?? { first: 1, last: 0 };

type Infinities = ReadonlyMap<unknown, 'infinity' | '-infinity'>;

const infinities = (positive: readonly unknown[], negative: readonly unknown[]): Infinities =>
  new Map([
    ...positive.map((wire) => [wire, 'infinity'] as const),
    ...negative.map((wire) => [wire, '-infinity'] as const),
  ]);

/** Of streamed rows, and of snapshot rows and arrays (measured with Debezium 3.6.1). */
const INFINITE_DATES = infinities(
  [-2147472692, -622191234, '-5877611-06-21Z', '+292278994-08-16Z'],
  [-2147472691, -625821272, '-5877611-06-22Z', '+292269055-12-02Z'],
);
const INFINITE_TIMESTAMPS: Readonly<Record<TimeUnit, Infinities>> = {
  millis: infinities([9223372036825200], [-9223372036832400]),
  micros: infinities([9223372036825200000], [-9223372036832400000]),
  nanos: infinities([2 ** 63], [-(2 ** 63)]),
  iso: infinities(['+294247-01-10T04:00:25.2Z'], ['-290308-12-21T19:59:27.6Z']),
};
const INFINITE_INSTANTS = infinities(['infinity'], ['-infinity']);

/** Exactly parsed numbers too: no other number of that size is a time. */
const infinite = (value: WireValue, known: Infinities, isDeclared: boolean | undefined): Conversion =>
  (isDeclared === true ? known.get(typeof value === 'bigint' ? Number(value) : value) : undefined) ?? INVALID;

const zero = (meaning: ZeroDate): Conversion => (meaning === 'null' ? null : INVALID);

export function dateConverter(options: DateOptions): Convert {
  const { unit, infinity, zeroDate } = options;
  const { first, last } = rangeOf(options);
  const dayIn =
    unit === 'iso' ? isoDay : (value: WireValue) => (Number.isSafeInteger(value) ? (value as number) : null);
  return (value) => {
    const day = dayIn(value);
    if (day === 0 && zeroDate !== undefined) return zero(zeroDate);
    return day === null || day < first || day > last ? infinite(value, INFINITE_DATES, infinity) : dayText(day);
  };
}

/** Debezium's `isostring` writes dates with a zone: `2024-02-29Z`. */
const isoDay = (value: WireValue): number | null =>
  typeof value === 'string' && value.endsWith('Z') ? dayOf(value.slice(0, -1)) : null;

const UNITS = { millis: [1_000, 3], micros: [1_000_000, 6], nanos: [1_000_000_000, 9] } as const;

/** A wall clock, which Debezium writes as if it hung in UTC. */
export function timestampConverter(options: TimestampOptions): Convert {
  const { unit, zone, infinity, zeroDate } = options;
  const clamp = clampOf(rangeOf(options));
  const inUtc = (second: number, fraction: string): Conversion =>
    zone === 'UTC'
      ? (instantText(second, fraction) ?? INVALID)
      : (clamp(second - zoneOffset(second, zone), fraction) ?? INVALID);
  if (unit === 'iso') return isoConverter(options, INFINITE_TIMESTAMPS.iso, inUtc);

  const [perSecond, digits] = UNITS[unit];
  const { first, last } = rangeOf(options, FIRST_OF_NUMBERS);
  const [start, end] = [first * SECONDS_PER_DAY, (last + 1) * SECONDS_PER_DAY];
  const finite = (epoch: number | bigint): Conversion => {
    const second = wholeSeconds(epoch, perSecond);
    if (second < start || second >= end) return INVALID;
    return inUtc(second, fractionText(rest(epoch, second, perSecond), digits));
  };
  const beyond = (epoch: number | bigint): Conversion => {
    if (INFINITE_TIMESTAMPS[unit].has(Number(epoch))) return infinite(epoch, INFINITE_TIMESTAMPS[unit], infinity);
    if (typeof epoch === 'bigint') return finite(epoch);
    const second = epoch / perSecond;
    return second > start - SECONDS_PER_DAY && second < end + SECONDS_PER_DAY ? INEXACT : INVALID;
  };
  return (value) => {
    if (value === 0 && zeroDate !== undefined) return zero(zeroDate);
    const epoch = wholeNumber(value);
    if (epoch === null) return INVALID;
    return typeof epoch === 'number' ? finite(epoch) : beyond(value as number | bigint);
  };
}

const [FIRST_SECOND, LAST_SECOND] = [Date.UTC(-1, 12, 1) / 1_000, Date.UTC(9999, 11, 31, 23, 59, 59) / 1_000];

/**
 * West of Greenwich the last evening of the year 9999, "for ever" in many databases, is an instant of the year 10000, whose text is below
 * all others; east of it the year 0 has the like. Such an instant is the last, or the first, of the calendar instead, so that texts
 * compare as times do; unless the declared range goes beyond.
 */
function clampOf({ first, last }: Days): (second: number, fraction: string) => string | null {
  const latest = last * SECONDS_PER_DAY <= LAST_SECOND ? LAST_SECOND : Infinity;
  const earliest = first * SECONDS_PER_DAY >= FIRST_SECOND ? FIRST_SECOND : -Infinity;
  return (second, fraction) => {
    if (second > latest) return instantText(latest, fraction.replaceAll(/\d/g, '9'));
    if (second < earliest) return instantText(earliest, fraction.replaceAll(/\d/g, '0'));
    return instantText(second, fraction);
  };
}

/** Rounded down; the quotient of doubles may be one too high. */
function wholeSeconds(epoch: number | bigint, perSecond: number): number {
  if (typeof epoch === 'bigint') {
    const quotient = epoch / BigInt(perSecond);
    return Number(quotient) - (quotient * BigInt(perSecond) > epoch ? 1 : 0);
  }
  const quotient = Math.floor(epoch / perSecond);
  return quotient * perSecond > epoch ? quotient - 1 : quotient;
}

const rest = (epoch: number | bigint, second: number, perSecond: number): number =>
  typeof epoch === 'bigint' ? Number(epoch - BigInt(second) * BigInt(perSecond)) : epoch - second * perSecond;

/** `timestamp with time zone`, and MySQL's `timestamp`: a text with its offset, nearly always of this form already. */
const COMMON = /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

export function instantConverter(options: CalendarOptions): Convert {
  const { from, to, zeroDate } = options;
  const convert = isoConverter(
    options,
    INFINITE_INSTANTS,
    (second, fraction) => instantText(second, fraction) ?? INVALID,
  );
  if (from !== undefined || to !== undefined || zeroDate !== undefined) return convert;
  return (value) => (typeof value === 'string' && COMMON.test(value) ? value : convert(value));
}

function isoConverter(
  options: CalendarOptions,
  known: Infinities,
  textOf: (second: number, fraction: string) => Conversion,
): Convert {
  const { infinity, zeroDate } = options;
  const { first, last } = rangeOf(options);
  const [start, end] = [first * SECONDS_PER_DAY, (last + 1) * SECONDS_PER_DAY];
  return (value) => {
    if (typeof value !== 'string') return INVALID;
    const moment = momentOf(value);
    if (moment === null) return infinite(value, known, infinity);
    const { second, fraction } = moment;
    if (second === 0 && zeroDate !== undefined && !/[1-9]/.test(fraction)) return zero(zeroDate);
    return second < start || second >= end ? infinite(value, known, infinity) : textOf(second, fraction);
  };
}

/** MySQL's `year`: 0, or 1901 to 2155. */
export const yearConverter =
  ({ zeroDate = 'refuse' }: { readonly zeroDate?: ZeroDate }): Convert =>
  (value) =>
    value === 0 ? zero(zeroDate) : Number.isInteger(value) && inYears(value as number) ? (value as number) : INVALID;

const inYears = (year: number): boolean => year >= 1901 && year <= 2155;

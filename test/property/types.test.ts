/**
 * Value -> wire form -> value. The encoders are written from Debezium's description of its wire forms (two's complement, epochs
 * in three units, ISO texts, base64), with arithmetic of their own on bigints.
 */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { equal, deepEqual } from 'node:assert/strict';
import { INEXACT } from '../../src/decode/columns.js';
import { type Column, legacy } from '../../src/rules/index.js';
import { parseExactly } from '../../src/decode/envelope.js';
import { convert } from '../support/values/columns.js';

/** Java's `BigInteger.toByteArray`: big-endian two's complement, as short as it goes. */
function twosComplement(value: bigint): Buffer {
  let length = 1;
  while (value < -(1n << BigInt(8 * length - 1)) || value >= 1n << BigInt(8 * length - 1)) length += 1;
  const unsigned = BigInt.asUintN(8 * length, value);
  return Buffer.from(unsigned.toString(16).padStart(2 * length, '0'), 'hex');
}

/** `unscaled` / 10^`scale`, as PostgreSQL prints a numeric. */
function plain(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? '.' : ''}${digits.slice(point)}`;
}

const unscaledNumbers = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
const scales = fc.nat({ max: 20 });

describe('a decimal', () => {
  it('is the same in every wire form', () => {
    fc.assert(
      fc.property(unscaledNumbers, scales, (unscaled, scale) => {
        const value = plain(unscaled, scale);
        const bytes = twosComplement(unscaled).toString('base64');
        const text = legacy.decimal({ scale });
        equal(convert(text, value), value);
        equal(convert(text, `${unscaled}E-${scale}`), value);
        equal(convert(text, { scale, value: bytes }), value);
        equal(convert(legacy.decimal({ scale, wire: 'bytes' }), bytes), value);
      }),
    );
  });

  it('of another scale than declared is the same number, or refused', () => {
    fc.assert(
      fc.property(unscaledNumbers, scales, scales, (unscaled, scale, declared) => {
        const factor = 10n ** BigInt(Math.abs(declared - scale));
        const fits = declared >= scale || unscaled % factor === 0n;
        const other = declared >= scale ? unscaled * factor : unscaled / factor;
        const expected = fits ? plain(other, declared) : 'ROW_INVALID';
        const column = legacy.decimal({ scale: declared });
        equal(convert(column, plain(unscaled, scale)), expected);
        equal(convert(column, { scale, value: twosComplement(unscaled).toString('base64') }), expected);
      }),
    );
  });

  it('of at most 15 digits survives a double, where that is declared', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }),
        fc.nat({ max: 15 }),
        (unscaled, scale) => {
          const value = plain(unscaled, scale);
          const column = legacy.decimal({ scale, lossy: true });
          equal(convert(column, Number(value)), value);
          equal(convert(legacy.decimal({ scale }), Number(value)), 'ROW_INVALID');
        },
      ),
    );
  });
});

it('a bigint is its digits, through the exact parse where it must be', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number) => {
      const text = `{"c":${number}}`;
      const plainly = convert(legacy.bigint(), (JSON.parse(text) as { c: number }).c);
      const exactly = convert(legacy.bigint(), (parseExactly(text) as { c: unknown }).c);
      equal(exactly, String(number));
      if (plainly !== INEXACT) equal(plainly, exactly);
      const isSafe = number >= BigInt(Number.MIN_SAFE_INTEGER) && number <= BigInt(Number.MAX_SAFE_INTEGER);
      equal(plainly !== INEXACT, isSafe);
    }),
  );
});

/** Days since 1970 by counting years, months and days. */
function daysFrom(year: number, month: number, day: number): bigint {
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const before = BigInt(year) - 1n;
  const leaps = before / 4n - before / 100n + before / 400n;
  const inYear = lengths.slice(0, month - 1).reduce((sum, length) => sum + length, 0) + day - 1;
  return before * 365n + leaps + BigInt(inYear) - 719_162n;
}
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const two = (number: number | bigint): string => String(number).padStart(2, '0');
const days = (from: number) =>
  fc
    .record({
      year: fc.integer({ min: from, max: 9999 }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 28 }),
    })
    .map(({ year, month, day }) => ({
      text: `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`,
      number: daysFrom(year, month, day),
    }));
/** Nanoseconds of the day. */
const clocks = fc.bigInt({ min: 0n, max: 86_399_999_999_999n });
const UNITS = [
  ['millis', 1_000_000n, 3],
  ['micros', 1_000n, 6],
  ['nanos', 1n, 9],
] as const;

const clockText = (nanos: bigint, digits: number): string => {
  const second = nanos / 1_000_000_000n;
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .slice(0, digits);
  return `${two(second / 3_600n)}:${two((second / 60n) % 60n)}:${two(second % 60n)}.${fraction}`;
};

/** As the decoder gets it: a number when that is exact. */
const wireNumber = (number: bigint): unknown => (parseExactly(`{"c":${number}}`) as { c: unknown }).c;

describe('a time', () => {
  it('with a date is the same in each unit, and refused in the other ones', () => {
    fc.assert(
      fc.property(days(1980), clocks, (day, clock) => {
        for (const [unit, nanosOf, digits] of UNITS) {
          const epoch = (day.number * 86_400_000_000_000n + clock) / nanosOf;
          const value = `${day.text}T${clockText(clock, digits)}Z`;
          for (const [declared] of UNITS) {
            const column = legacy.timestamp({ unit: declared, zone: 'UTC' });
            equal(convert(column, wireNumber(epoch)), declared === unit ? value : 'ROW_INVALID');
          }
        }
      }),
    );
  });

  it('with a date as ISO text is the same, whatever its offset and however many zeros it has', () => {
    const offsets = fc.integer({ min: -15 * 60, max: 15 * 60 });
    fc.assert(
      fc.property(days(2), clocks, offsets, fc.nat({ max: 3 }), (day, clock, offset, zeros) => {
        const micros = (clock / 1_000n) * 1_000n;
        const local = day.number * 86_400_000_000_000n + micros + BigInt(offset) * 60_000_000_000n;
        const localDay = new Date(Number(local / 1_000_000n)).toISOString().slice(0, 10);
        const localClock = ((local % 86_400_000_000_000n) + 86_400_000_000_000n) % 86_400_000_000_000n;
        const sign = offset < 0 ? '-' : '+';
        const written = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
        const value = `${day.text}T${clockText(micros, 6)}Z`;
        if (day.text.startsWith('9999-12')) return;
        equal(convert(legacy.instant(), value), value);
        const floored = localFloor(local, localDay);
        equal(convert(legacy.instant(), `${floored}T${clockText(localClock, 6)}${'0'.repeat(zeros)}${written}`), value);
      }),
    );
  });

  it('of day is the same in each unit', () => {
    fc.assert(
      fc.property(clocks, (clock) => {
        for (const [unit, nanosOf, digits] of UNITS) {
          const column = legacy.time({ unit, from: '00:00' });
          equal(convert(column, Number(clock / nanosOf)), clockText(clock, digits));
        }
      }),
    );
  });

  it('a date is the same in days and as ISO text', () => {
    fc.assert(
      fc.property(days(1), ({ text, number }) => {
        equal(convert(legacy.date(), Number(number)), text);
        equal(convert(legacy.date({ unit: 'iso' }), `${text}Z`), text);
      }),
    );
  });
});

/** A negative number of milliseconds is divided towards zero above; its day is the one before. */
const localFloor = (nanos: bigint, day: string): string => {
  const part = nanos % 1_000_000n;
  return part < 0n ? new Date(Number(nanos / 1_000_000n) - 1).toISOString().slice(0, 10) : day;
};

describe('a local time in a zone with clock changes', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Tehran',
  ];

  /** What the clock on the wall shows at an instant, by the runtime's calendar. */
  const wall = (ms: number, zone: string): number => {
    const text = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(
      ms,
    );
    return Date.parse(`${text.replace(' ', 'T')}Z`);
  };

  it('is an instant at which the clock showed it, or lies in a gap', () => {
    const seconds = fc.integer({ min: Date.UTC(1985, 0, 1) / 1_000, max: Date.UTC(2037, 0, 1) / 1_000 });
    fc.assert(
      fc.property(seconds, fc.constantFrom(...zones), (second, zone) => {
        const local = wall(second * 1_000, zone);
        const value = convert(legacy.timestamp({ unit: 'millis', zone }), local) as string;
        equal(wall(Date.parse(value), zone), local);
        equal(Date.parse(value) <= second * 1_000, true, 'the first of two readings');
      }),
      { numRuns: 300 },
    );
  });
});

describe('bytes', () => {
  it('are the same in each encoding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (array) => {
        const bytes = Buffer.from(array);
        const urlSafe = bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
        equal(convert(legacy.bytes(), bytes.toString('base64')), bytes.toString('hex'));
        equal(convert(legacy.bytes({ wire: 'base64-url-safe' }), urlSafe), bytes.toString('hex'));
        equal(convert(legacy.bytes({ wire: 'hex' }), bytes.toString('hex')), bytes.toString('hex'));
      }),
    );
  });

  it('of bits are little-endian and end with the last one that is set', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('0', '1'), { minLength: 2, maxLength: 70 }), (bits) => {
        const text = bits.join('');
        const bytes = Buffer.from(twosComplement(BigInt(`0b${text}`))).reverse();
        const last = bytes.findLastIndex((byte) => byte !== 0);
        equal(convert(legacy.bits({ length: text.length }), bytes.subarray(0, last + 1).toString('base64')), text);
      }),
    );
  });
});

it('a JSON document loses no digit: its numbers are themselves, or texts with their digits', () => {
  const numbers = fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), scales)
    .map(([n, scale]) => plain(n, scale));
  fc.assert(
    fc.property(fc.array(numbers), (texts) => {
      const value = convert(legacy.json(), `[${texts.join(', ')}]`) as (string | number)[];
      deepEqual(value.map(canonical), texts.map(canonical));
    }),
  );
});

/** The same digits without zeros that say nothing. */
function canonical(number: string | number): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? [];
  const unscaled = BigInt(whole + fraction);
  const shown = plain(unscaled * 10n ** BigInt(60 + Number(exponent) - fraction.length), 60);
  return unscaled === 0n ? '0' : sign + shown;
}

it('nothing that a connector could write makes a converter throw', () => {
  const columns: Column<unknown>[] = [
    ...[
      legacy.text(),
      legacy.integer(),
      legacy.bigint(),
      legacy.decimal({ scale: 2 }),
      legacy.float(),
      legacy.boolean(),
    ],
    ...[legacy.decimal({ scale: 2, wire: 'bytes', lossy: true }), legacy.code({ a: true }), legacy.set({ a: true })],
    ...[
      legacy.date(),
      legacy.date({ unit: 'iso' }),
      legacy.instant(),
      legacy.zonedTime(),
      legacy.year(),
      legacy.uuid(),
    ],
    ...UNITS.map(([unit]) => legacy.timestamp({ unit, zone: 'Europe/Berlin' })),
    ...UNITS.map(([unit]) => legacy.time({ unit })),
    ...[legacy.interval({ unit: 'iso' }), legacy.json(), legacy.bytes(), legacy.bits({ length: 9 }), legacy.hstore()],
    ...[legacy.array(legacy.bigint()), legacy.point(), legacy.geometry()],
  ];
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, maxDepth: 3 }), (wire) => {
      for (const column of columns) convert(column, wire);
    }),
  );
});

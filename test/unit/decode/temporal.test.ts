/** Wall clocks of the legacy database -> instants: zones with clock changes, ranges, wrong units. */
import { describe, expect, it } from 'vitest';
import { instant, localDate, localTimestamp } from '../../../src/decode/temporal.js';

/** Debezium writes a wall clock as if it were UTC. */
const wall = (text: string): number => Date.parse(`${text}Z`) * 1_000;
const berlin = (text: string): string | null => localTimestamp(wall(text), 'micros', 'Europe/Berlin');

describe('a timestamp without zone', () => {
  it.each([
    ['winter', '2026-01-15T12:00:00', '2026-01-15T11:00:00.000000Z'],
    ['summer', '2026-07-15T12:00:00', '2026-07-15T10:00:00.000000Z'],
    ['the last moment before spring', '2026-03-29T01:59:59', '2026-03-29T00:59:59.000000Z'],
    ['the hour that spring skips', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000000Z'],
    ['the first moment after spring', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000000Z'],
    ['the last moment before the hour that autumn repeats', '2026-10-25T01:59:59', '2026-10-24T23:59:59.000000Z'],
    ['the hour that autumn repeats: the first reading', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000000Z'],
    ['after the repeated hour', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000000Z'],
    ['a time before zones had round offsets', '1900-06-01T12:00:00', '1900-06-01T11:00:00.000000Z'],
  ])('is read in its zone: %s', (_, local, utc) => {
    expect(berlin(local)).toBe(utc);
  });

  it('is read in zones west of Greenwich and with quarter hours', () => {
    expect(localTimestamp(wall('2026-11-01T12:00:00'), 'micros', 'America/New_York')).toBe(
      '2026-11-01T17:00:00.000000Z',
    );
    expect(localTimestamp(wall('2026-11-01T12:00:00'), 'micros', 'Asia/Kathmandu')).toBe('2026-11-01T06:15:00.000000Z');
  });

  it('keeps every microsecond, before 1970 too', () => {
    expect(localTimestamp(wall('2026-01-15T12:00:00') + 7, 'micros', 'Europe/Berlin')).toBe(
      '2026-01-15T11:00:00.000007Z',
    );
    expect(localTimestamp(-1, 'micros', 'UTC')).toBe('1969-12-31T23:59:59.999999Z');
  });

  it('has three digits when its unit is milliseconds', () => {
    expect(localTimestamp(1_500, 'millis', 'UTC')).toBe('1970-01-01T00:00:01.500Z');
  });

  it('gives the same answer for a moment that was asked for before', () => {
    expect([berlin('2026-07-15T12:00:00'), berlin('2026-07-15T12:07:00'), berlin('2026-07-15T12:00:00')]).toEqual([
      '2026-07-15T10:00:00.000000Z',
      '2026-07-15T10:07:00.000000Z',
      '2026-07-15T10:00:00.000000Z',
    ]);
  });

  it.each([
    ['infinity', 9223372036825200000, 'micros'],
    ['-infinity', -9223372036832400000, 'micros'],
    ['microseconds declared as milliseconds', 1795254754356110, 'millis'],
    ['before 1900', wall('1899-12-31T23:59:59'), 'micros'],
    ['no number', Number.NaN, 'micros'],
  ] as const)('is refused: %s', (_, epoch, unit) => {
    expect(localTimestamp(epoch, unit, 'UTC')).toBeNull();
  });
});

describe('a date', () => {
  it.each([
    [0, '1970-01-01'],
    [19782, '2024-02-29'],
    [-25567, '1900-01-01'],
    [-25568, null],
    [-2147472692, null],
    [1e12, null],
  ])('%i days after 1970 are %s', (days, text) => {
    expect(localDate(days)).toBe(text);
  });
});

describe('an instant', () => {
  it.each([
    ['2026-11-21T09:52:34.364987Z', '2026-11-21T09:52:34.364987Z'],
    ['2026-11-21T09:52:34Z', '2026-11-21T09:52:34Z'],
    ['2026-11-21T10:52:34.364+01:00', '2026-11-21T09:52:34.364Z'],
    ['2026-11-21T10:52:34.364987+01:00', '2026-11-21T09:52:34.364987Z'],
    ['2026-11-21T10:52+01:00', '2026-11-21T09:52:00Z'],
    ['infinity', null],
    ['2026-11-21', null],
    ['2026-11-21 09:52:34Z', null],
    ['2026-11-21T09:52Z', null],
  ])('%s is %s', (text, expected) => {
    expect(instant(text)).toBe(expected);
  });
});

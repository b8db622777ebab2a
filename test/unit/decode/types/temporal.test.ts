/** Wall clocks of the legacy database -> instants: zones with clock changes, days of the calendar, texts. */
import { describe, expect, it } from 'vitest';
import { clockOf, dayOf, dayText, instantText, momentOf, offsetOf } from '../../../../src/decode/types/temporal.js';
import { zoneOffset } from '../../../../src/decode/types/zone.js';

/** The instant at which a clock in `zone` showed `local`. */
const utc = (local: string, zone: string): string => {
  const second = Date.parse(`${local}Z`) / 1_000;
  return new Date((second - zoneOffset(second, zone)) * 1_000).toISOString().slice(0, 19);
};

describe('a time without zone', () => {
  it.each([
    ['winter', '2026-01-15T12:00:00', '2026-01-15T11:00:00'],
    ['summer', '2026-07-15T12:00:00', '2026-07-15T10:00:00'],
    ['the last moment before spring', '2026-03-29T01:59:59', '2026-03-29T00:59:59'],
    ['the hour that spring skips', '2026-03-29T02:30:00', '2026-03-29T01:30:00'],
    ['the first moment after spring', '2026-03-29T03:00:00', '2026-03-29T01:00:00'],
    ['the last moment before the hour that autumn repeats', '2026-10-25T01:59:59', '2026-10-24T23:59:59'],
    ['the hour that autumn repeats: the first reading', '2026-10-25T02:30:00', '2026-10-25T00:30:00'],
    ['after the repeated hour', '2026-10-25T03:00:00', '2026-10-25T02:00:00'],
    ['a time before zones had round offsets', '1890-06-01T12:00:00', '1890-06-01T11:06:32'],
    ['a time long before zones', '0044-03-15T12:00:00', '0044-03-15T11:06:32'],
  ])('is read in its zone: %s', (_, local, instant) => {
    expect(utc(local, 'Europe/Berlin')).toBe(instant);
  });

  it.each([
    ['2026-11-01T12:00:00', 'America/New_York', '2026-11-01T17:00:00'],
    ['2026-11-01T12:00:00', 'Asia/Kathmandu', '2026-11-01T06:15:00'],
    ['2026-04-05T01:45:00', 'Australia/Lord_Howe', '2026-04-04T14:45:00'],
    ['2010-03-14T00:00:30', 'America/St_Johns', '2010-03-14T03:30:30'],
    ['2010-03-14T01:02:00', 'America/St_Johns', '2010-03-14T03:32:00'],
    ['2010-11-07T00:00:30', 'America/St_Johns', '2010-11-07T02:30:30'],
    ['2010-11-07T00:02:00', 'America/St_Johns', '2010-11-07T03:32:00'],
    ['2011-12-29T12:00:00', 'Pacific/Apia', '2011-12-29T22:00:00'],
    ['2011-12-31T12:00:00', 'Pacific/Apia', '2011-12-30T22:00:00'],
  ])('%s in %s is %s', (local, zone, instant) => {
    expect(utc(local, zone)).toBe(instant);
  });

  it('gives the same answer for a moment that was asked for before', () => {
    const times = ['2026-07-15T12:00:00', '2026-07-15T12:07:00', '2026-07-15T12:00:00'];
    expect(times.map((time) => utc(time, 'Europe/Berlin'))).toEqual([
      '2026-07-15T10:00:00',
      '2026-07-15T10:07:00',
      '2026-07-15T10:00:00',
    ]);
  });
});

describe('a day', () => {
  it('is the same there and back, leap years and all', () => {
    for (let day = -1_000_000; day < 3_000_000; day += 997) expect(dayOf(dayText(day))).toBe(day);
  });

  it.each(['2023-02-29', '2024-13-01', '2024-00-10', '2024-01-32', '2024-1-1', '24-01-01', '', '+999999999-01-01'])(
    '%s is none',
    (text) => {
      expect(dayOf(text)).toBeNull();
    },
  );
});

it.each([
  ['10:11', 36660, ''],
  ['10:11:12', 36672, ''],
  ['24:00:00.000', 86400, '.000'],
])('the clock %s shows second %i', (text, second, fraction) => {
  expect(clockOf(text)).toEqual({ second, fraction });
});

it.each(['24:00:00.1', '24:01', '10:60', '10:11:60', '1:11', '10:11:12.', ''])('no clock shows %s', (text) => {
  expect(clockOf(text)).toBeNull();
});

it('offsets are hours, minutes, sometimes seconds', () => {
  expect(['Z', '+01:00', '-03:30', '+00:53:28', '+1', 'z', '+25:00'].map(offsetOf)).toEqual([
    0,
    3600,
    -12600,
    3208,
    null,
    null,
    null,
  ]);
});

it('a moment has six digits, or nine where more than six count', () => {
  expect(momentOf('1970-01-01T00:00:01.5+00:00')).toEqual({ second: 1, fraction: '.500000' });
  expect(momentOf('1970-01-01T00:00:01.123456700Z')).toEqual({ second: 1, fraction: '.123456700' });
  expect(momentOf('1970-01-01T00:00:01.123456000Z')).toEqual({ second: 1, fraction: '.123456' });
});

it('outside of the calendar there is no instant', () => {
  expect(instantText(8.64e12, '')).toBeNull();
  expect(instantText(Number.NaN, '')).toBeNull();
  expect(instantText(-1, '.5')).toBe('1969-12-31T23:59:59.5Z');
});

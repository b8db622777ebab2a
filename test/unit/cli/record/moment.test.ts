/** Times that commands are given mean the same on every machine. */
import { expect, it } from 'vitest';
import { moment } from '../../../../src/cli/record/moment.js';

it.each([
  ['2026-11-21T09:00:00Z', '2026-11-21T09:00:00.000Z'],
  ['2026-11-21T09:00:00.5+01:00', '2026-11-21T08:00:00.500Z'],
  ['2026-11-21', '2026-11-21T00:00:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(new Date(moment(text)).toISOString()).toBe(expected);
});

it.each(['2026-11-21T09:00:00', '2026-02-30', '2026-02-30T10:00:00Z', '2026-11-21 9 am', 'yesterday', ''])(
  '%s is none',
  (text) => {
    expect(() => moment(text)).toThrow('expected an ISO 8601 time with its zone');
  },
);

import { describe, expect, it } from 'vitest';
import { parityProblems } from '../../../src/rules/check/routes/check-parity.js';
import { compileParity, type ParityOptions } from '../../../src/rules/parity/parity.js';

const PATHS = ['totalAmount', 'lines', 'lines[].quantity', 'promisedAt'];
const within = '10 minutes';

describe('parity of a capability', () => {
  it('is compiled as it is said', () => {
    const said: ParityOptions = {
      within,
      ignored: ['lines[].quantity'],
      numbers: { totalAmount: '0.01' },
      times: { promisedAt: '5 minutes' },
      unordered: ['lines'],
    };
    expect(parityProblems(said, PATHS)).toEqual([]);
    expect(compileParity(said)).toEqual({
      withinMs: 600_000,
      ignored: new Set(['lines[].quantity']),
      numbers: new Map([['totalAmount', '0.01']]),
      timesMs: new Map([['promisedAt', 300_000]]),
      unordered: new Set(['lines']),
      gate: { equal: 99.9, overMs: 24 * 3_600_000, pairs: 1_000, parked: 0, behindMs: 60_000 },
    });
    const { gate } = compileParity({ within, gate: { pairs: 10, over: '7 days' } });
    expect(gate).toMatchObject({ pairs: 10, overMs: 7 * 24 * 3_600_000, equal: 99.9 });
  });

  it.each<[string, unknown, string, RegExp]>([
    ['no braces', 'ten minutes', 'parity', /stands in braces/],
    ['no time', {}, 'within', /within is undefined, not whole minutes/],
    ['a time of its own', { within: '10 s' }, 'within', /"10 s"/],
    ['a field of none', { within, ignored: ['total'] }, 'ignored', /ignored names "total", and no contract/],
    ['no list', { within, unordered: 'lines' }, 'unordered', /must be a list/],
    ['no table', { within, numbers: ['totalAmount'] }, 'numbers', /by field/],
    ['a tolerance of 0', { within, numbers: { totalAmount: 0 } }, 'totalAmount', /by a number above 0, as 0.01/],
    ['a tolerance below', { within, numbers: { totalAmount: '-1' } }, 'totalAmount', /not by "-1"/],
    [
      'a time that is none',
      { within, times: { promisedAt: 5 } },
      'promisedAt',
      /differ by a number, not whole minutes/,
    ],
    ['a part of nothing', { within, gate: { equal: 0 } }, 'equal', /not a part of 100/],
    ['a part above all', { within, gate: { equal: 100.1 } }, 'equal', /not a part of 100/],
    ['half a pair', { within, gate: { pairs: 0.5 } }, 'pairs', /not a whole number/],
    ['a gate over years', { within, gate: { over: '31 days' } }, 'over', /kept for 30 days/],
    ['a gate without time', { within, gate: { behind: 'none' } }, 'behind', /"none", not whole minutes/],
  ])('%s is a problem', (_, said, word, text) => {
    const problems = parityProblems(said as ParityOptions, PATHS);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toEqual({ word, text: expect.stringMatching(text) as string });
  });
});

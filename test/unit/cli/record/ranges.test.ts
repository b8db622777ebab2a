/** Which topics are a connector's, and in which order they are read. */
import { describe, expect, it } from 'vitest';
import { rest, roundsOf, topicsOfConnector } from '../../../../src/cli/record/ranges.js';

describe('the topics of a connector', () => {
  it.each<[string, readonly string[], string, object]>([
    [
      'named as usual',
      [
        'legacy.oms.ord_hdr',
        'legacy.oms.message',
        'legacy.transaction',
        'legacy.message',
        'legacy',
        'legacy-two.oms.x',
        'other',
      ],
      'legacy',
      {
        rows: ['legacy.oms.ord_hdr', 'legacy.oms.message'],
        others: ['legacy.transaction', 'legacy.message', 'legacy'],
      },
    ],
    [
      'of another delimiter',
      ['legacy_oms_ord_hdr', 'legacy_transaction'],
      'legacy',
      { rows: ['legacy_oms_ord_hdr'], others: ['legacy_transaction'] },
    ],
    [
      'with the history of its schemas',
      ['shop.oms.x', 'shop.schema-history'],
      'shop',
      { rows: ['shop.oms.x'], others: [] },
    ],
    ['that is not there', ['other.oms.x'], 'legacy', { rows: [], others: [] }],
  ])('%s', (_, topics, prefix, found) => {
    expect(topicsOfConnector(topics, prefix)).toEqual(found);
  });
});

describe('what is read', () => {
  const ranges = new Map([
    ['legacy.oms.a/0', { from: 5, to: 9 }],
    ['legacy.oms.b/0', { from: 0, to: 3 }],
  ]);

  it('is all at once without a pick, and goes on where it was', () => {
    expect(roundsOf(ranges, null, () => undefined)).toEqual([ranges]);
    expect(rest(ranges, new Map([['legacy.oms.a/0', 7]])).get('legacy.oms.a/0')).toEqual({ from: 7, to: 9 });
  });
});

/** The cache between the store and the rules (SPEC T10): bounded, but never forgetful about what is not stored yet. */
import { describe, expect, it } from 'vitest';
import { WriteBehindCache } from '../../../../src/pipeline/state/write-behind-cache.js';

const value = (n: number): { n: number } => ({ n });
const cacheOf = (values: number): WriteBehindCache<{ n: number }> => new WriteBehindCache(values, () => 1);

describe('T10: what is changed and not stored yet', () => {
  it('stays, however little may be kept', () => {
    const cache = cacheOf(1);
    for (let n = 0; n < 100; n += 1) cache.change(`order:${n}`, value(n), n + 1);
    for (let n = 0; n < 100; n += 1) expect(cache.get(`order:${n}`)).toEqual(value(n));
  });

  it('may be forgotten once its write is stored', () => {
    const cache = cacheOf(1);
    cache.change('order:1', value(1), 1);
    cache.change('order:2', value(2), 1);
    cache.stored(['order:1', 'order:2'], 1);
    expect([cache.get('order:1'), cache.get('order:2')].filter((known) => known !== undefined)).toHaveLength(1);
  });

  it('stays when it was changed again by a later write', () => {
    const cache = cacheOf(1);
    cache.change('order:1', value(1), 1);
    cache.change('order:1', value(2), 2);
    cache.stored(['order:1'], 1);
    cache.remember('order:9', value(9));
    cache.remember('order:8', value(8));
    expect(cache.get('order:1')).toEqual(value(2));
  });
});

describe('what decisions under way need', () => {
  it('is held until the next ones ask, though it does not fit', () => {
    const cache = cacheOf(1);
    expect(cache.hold(['a', 'b', 'a'])).toEqual(['a', 'b']);
    cache.remember('a', value(1));
    cache.remember('b', value(2));
    expect([cache.get('a'), cache.get('b')]).toEqual([value(1), value(2)]);
    cache.hold(['c']);
    expect([cache.get('a'), cache.get('b')].filter((known) => known !== undefined)).toHaveLength(1);
  });

  it('is the changed value, not the one that was held', () => {
    const cache = cacheOf(5);
    cache.remember('a', value(1));
    cache.hold(['a']);
    cache.change('a', value(2), 1);
    expect(cache.get('a')).toEqual(value(2));
    expect(cache.hold(['a'])).toEqual([]);
  });

  it('is gone after doubt', () => {
    const cache = cacheOf(5);
    cache.change('a', value(1), 1);
    cache.remember('b', value(2));
    cache.clear();
    expect(cache.hold(['a', 'b'])).toEqual(['a', 'b']);
  });
});

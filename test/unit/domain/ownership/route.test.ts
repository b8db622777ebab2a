import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ALL,
  isShare,
  matches,
  overlap,
  rankOf,
  readSelector,
  type Routed,
  routeOf,
  routeOver,
  routeText,
  type Selector,
  selectorOf,
  selectorText,
  shareOf,
} from '../../../../src/domain/ownership/route.js';

const at = (id: string, context: Routed['context'] = {}): Routed => ({ id, context });
const route = (selector: Selector): { selector: Selector } => ({ selector });

describe('a selector', () => {
  test('matches by all of its names, and by no other', () => {
    const selector = selectorOf({ market: 'DE', channel: 'web' });
    expect(matches(selector, at('1', { market: 'DE', channel: 'web', tenant: 'x' }))).toBe(true);
    expect(matches(selector, at('1', { market: 'DE', channel: 'shop' }))).toBe(false);
    expect(matches(selector, at('1', { market: 'DE', channel: null }))).toBe(false);
    expect(matches(ALL, at('1'))).toBe(true);
  });

  test('of a share matches that share of ids, each always or never, and neighbours divide them', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => `order-${i}`);
    const parts = (
      [
        [0, 25],
        [25, 25.5],
        [25.5, 100],
      ] as const
    ).map((share) => ids.filter((id) => matches(selectorOf({}, share), at(id))).length);
    expect(parts.reduce((a, b) => a + b)).toBe(ids.length);
    expect(parts[0]! / ids.length).toBeCloseTo(0.25, 1);
    expect(parts[1]! / ids.length).toBeCloseTo(0.005, 2);
  });

  test('has the share of an id for ever', () => {
    // First four bytes of SHA-1("4711") and of SHA-1(""), by `sha1sum`.
    expect(shareOf('4711')).toBe(Math.floor((0xe8fed7c5 / 2 ** 32) * 10_000));
    expect(shareOf('')).toBe(Math.floor((0xda39a3ee / 2 ** 32) * 10_000));
  });

  test.each([
    [[0, 25], true],
    [[12.34, 100], true],
    [[0, 0], false],
    [[25, 10], false],
    [[-1, 10], false],
    [[0, 101], false],
    [[0, 12.345], false],
    [[NaN, 5], false],
  ] as const)('share %j: %s', (share, expected) => {
    expect(isShare(share)).toBe(expected);
  });

  test('is said in words that are read again', () => {
    const selector = selectorOf({ market: 'DE', channel: 'web shop=1 %' }, [0, 12.5]);
    expect(routeText({ contract: 'OrderReady.v1', selector })).toBe(
      'OrderReady.v1 channel=web%20shop%3D1%20%25 market=DE share=0-12.5',
    );
    expect(readSelector(selectorText(selector))).toEqual(selector);
    expect(readSelector('')).toEqual(ALL);
    expect(readSelector('  market=DE ')).toEqual(selectorOf({ market: 'DE' }));
    expect(readSelector('market=')).toEqual(selectorOf({ market: '' }));
  });

  test.each([
    ['DE', 'no name=value'],
    ['market=DE market=AT', 'market stands there twice'],
    ['share=0-10 share=10-20', 'share stands there twice'],
    ['share=0-101', 'no part of 0-100'],
    ['share=20-10', 'no part of 0-100'],
    ['share=half', 'no part of 0-100'],
    ['share=0-0.001', 'no part of 0-100'],
    ['market=%E0%A4%A', 'not percent-encoded'],
  ])('%s is none: %s', (text, why) => {
    expect(readSelector(text)).toContain(why);
  });
});

describe('of several routes', () => {
  test('the most specific one that matches counts', () => {
    const all = route(ALL);
    const de = route(selectorOf({ market: 'DE' }));
    const part = route(selectorOf({ market: 'DE' }, [0, 50]));
    const routes = [all, part, de];
    const inside = Array.from({ length: 100 }, (_, i) => `${i}`).filter((id) => shareOf(id) < 5_000);
    expect(routeOf(routes, at('x', { market: 'AT' }))).toBe(all);
    expect(routeOf(routes, at(inside[0]!, { market: 'DE' }))).toBe(part);
    expect(routeOf([de], at('x', { market: 'AT' }))).toBeUndefined();
  });

  test.each([
    ['market=DE share=0-50', 'market=DE share=0-50'],
    ['market=DE share=10-20', 'market=DE share=0-50'],
    ['market=DE share=40-60', 'market=DE'],
    ['channel=web market=DE', 'market=DE'],
    ['market=AT', ''],
    ['share=0-50', ''],
  ])('the most specific one that has all of %s counts for it', (part, expected) => {
    const routes = ['', 'market=DE share=0-50', 'market=DE'].map((text) => route(readSelector(text) as Selector));
    expect(selectorText(routeOver(routes, readSelector(part) as Selector)!.selector)).toBe(expected);
    expect(routeOver(routes.slice(1), ALL)).toBeUndefined();
  });
});

const percent = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
const share = fc.tuple(percent, percent).filter(([from, to]) => from < to);
const value = fc.constantFrom('DE', 'AT', '', 'a b', '%', '=');
const selectors = fc
  .record({ context: fc.dictionary(fc.constantFrom('market', 'tenant', 'channel'), value), share: fc.option(share) })
  .map(({ context, share: part }) => selectorOf(context, part ?? undefined));
const aggregates = fc.record({
  id: fc.string(),
  context: fc.record({ market: value, tenant: value, channel: fc.option(value) }),
});

describe('properties of selectors', () => {
  test('two of one rank that both match an aggregate overlap, so that of routes that do not, one wins in any order', () => {
    fc.assert(
      fc.property(fc.array(selectors, { maxLength: 6 }), aggregates, (all, routed) => {
        const kept = all.filter((each, i) => !all.slice(0, i).some((former) => overlap(former, each)));
        const matching = kept.filter((each) => matches(each, routed));
        expect(new Set(matching.map(rankOf)).size).toBe(matching.length);
        const best = routeOf(kept.map(route), routed);
        expect(routeOf(kept.map(route).reverse(), routed)).toEqual(best);
        if (best === undefined) expect(matching).toEqual([]);
        else expect(rankOf(best.selector)).toBe(Math.max(...matching.map(rankOf)));
      }),
    );
  });

  test('overlap says the same of both, and of one and itself', () => {
    fc.assert(
      fc.property(selectors, selectors, (a, b) => {
        expect(overlap(a, b)).toBe(overlap(b, a));
        expect(overlap(a, a)).toBe(true);
      }),
    );
  });

  test('their text is read as what it was written of', () => {
    fc.assert(
      fc.property(selectors, (selector) => {
        expect(readSelector(selectorText(selector))).toEqual(selector);
      }),
    );
  });
});

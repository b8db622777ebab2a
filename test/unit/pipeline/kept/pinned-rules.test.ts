/** Rules that aggregates keep are all there, or nothing is decided. */
import { describe, expect, it } from 'vitest';
import { DragomanError } from '../../../../src/errors.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { PINNED_SETS_MAX, PinnedRules } from '../../../../src/pipeline/kept/pinned-rules.js';
import { digestOf, versionOf } from '../../../support/pipeline/versions.js';

const { rules } = versionOf('z');

describe('rules that are kept', () => {
  it('are loaded once, and again only when they were out of use', () => {
    const loaded: string[] = [];
    const compile = (_: string, digest: string) => (loaded.push(digest), versionOf('a').rules);
    const pinned = new PinnedRules({ rules, digest: 'z', compile });
    const stored = new Map([['order\ta', '{"count":2}']]);
    expect(pinned.begin(stored, 'a')).toEqual(['a']);
    pinned.load(new Map([['a', 'text']]));
    expect([pinned.begin(stored, 'a'), loaded]).toEqual([[], ['a']]);
    pinned.load(new Map());
    const kept = pinned.of('order', { ...EMPTY_STATE, rules: 'a' });
    expect([kept?.digest, kept?.aggregate.name, pinned.topics]).toEqual(['a', 'order', ['orders.out']]);
    expect(pinned.of('order', { ...EMPTY_STATE, rules: 'z' })).toBeNull();
  });

  it('publish to the topics of what is kept by them, not of the other aggregates that they had', () => {
    const topics = ['orders.out', 'returns.out'];
    const pinned = new PinnedRules({ rules, digest: 'z', compile: () => ({ ...versionOf('a').rules, topics }) });
    pinned.begin([['order\ta', '{"count":2}']], 'a');
    pinned.load(new Map([['a', 'text']]));
    expect(pinned.topics).toEqual(['orders.out']);
  });

  it('are never replaced by others: what is not counted is refused', () => {
    const pinned = new PinnedRules({ rules, digest: 'z', compile: () => rules });
    pinned.load(new Map(pinned.begin([], null).map((digest) => [digest, 'text'])));
    expect(() => pinned.of('order', { ...EMPTY_STATE, rules: 'a' })).toThrow(
      /keeps the rules a, which are not counted/,
    );
  });

  it('that do not load any more are named with the reason; what is damaged is', () => {
    const failing = (code: 'RULES_INVALID' | 'STATE_DAMAGED') => {
      const compile = () => {
        throw new DragomanError(code, 'a member is gone');
      };
      const pinned = new PinnedRules({ rules, digest: 'z', compile });
      pinned.begin(
        [
          ['order\t', '{"count":0}'],
          ['order\ta', '{"count":2}'],
        ],
        'a',
      );
      return () => pinned.load(new Map([['a', 'text']]));
    };
    expect(failing('RULES_INVALID')).toThrow(expect.objectContaining({ code: 'RULES_PINNED' }));
    expect(failing('RULES_INVALID')).toThrow(/order, 2 by the rules a: a member is gone/);
    expect(failing('STATE_DAMAGED')).toThrow(expect.objectContaining({ code: 'STATE_DAMAGED' }));
  });

  it('are none where rules said so once: those of now need not have that aggregate', () => {
    const without = { ...rules, aggregates: new Map() };
    const begun = (to: string) => () =>
      new PinnedRules({ rules: without, digest: 'z', compile: () => rules }).begin(
        [['order\ta', JSON.stringify({ count: 2, to })]],
        'y',
      );
    expect(begun('')()).toEqual([]);
    expect(begun('y')).toThrow(/do not say `pin` of it/);
  });

  it(`are ${PINNED_SETS_MAX} sets at most`, () => {
    const stored = Array.from({ length: PINNED_SETS_MAX + 1 }, (_, i) => [`order\tr${i}`, '{"count":1}'] as const);
    const pinned = new PinnedRules({ rules, digest: 'z', compile: () => rules });
    expect(() => pinned.begin(stored, 'r0')).toThrow(/51 sets of rules, and at most 50 may be/);
    expect(pinned.begin(stored.slice(1), 'r1')).toHaveLength(PINNED_SETS_MAX);
  });

  it('of a type of aggregate that they did not have are none', () => {
    const pinned = new PinnedRules({ rules, digest: 'z', compile: () => ({ ...rules, aggregates: new Map() }) });
    pinned.load(new Map(pinned.begin([], digestOf('a')).map((digest) => [digest, 'text'])));
    expect(pinned.of('order', { ...EMPTY_STATE, rows: { 'oms.hdr': { 1: {} } } })).toBeNull();
  });
});

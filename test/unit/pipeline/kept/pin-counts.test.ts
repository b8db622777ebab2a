/** Who keeps which rules is counted beside what says so, and nothing is counted where no rules pin. */
import { describe, expect, it } from 'vitest';
import { EMPTY_STATE, type AggregateState } from '../../../../src/domain/state/aggregate-state.js';
import { PinCounts, PINNED } from '../../../../src/pipeline/kept/pin-counts.js';
import type { CompiledRules } from '../../../../src/rules/compile.js';

const rules = (pin: boolean | null): Pick<CompiledRules, 'aggregates'> =>
  ({ aggregates: new Map([['order', { name: 'order', pin }]]) }) as never;

const known = (kept?: string): AggregateState => ({
  ...EMPTY_STATE,
  rows: { 'oms.hdr': { 1: {} } },
  ...(kept === undefined ? {} : { rules: kept }),
});

/** What is stored, as a start finds it. */
class Stored {
  readonly fields = new Map<string, string>();
  counts = new PinCounts();

  begin(pin: boolean | null, digest: string, former: string | null): this {
    this.counts = new PinCounts();
    this.counts.reset(this.fields);
    this.counts.begin(rules(pin), digest, former);
    return this;
  }

  store(): this {
    for (const { hash, field, value } of this.counts.takeFresh()) {
      expect(hash).toBe(PINNED);
      if (value === null) expect(this.fields.delete(field)).toBe(true);
      else this.fields.set(field, value);
    }
    return this;
  }
}

describe('rules that aggregates keep', () => {
  it('are not stored where none pin', () => {
    const stored = new Stored().begin(null, 'a', null);
    expect(stored.counts.takeFresh()).toEqual([]);
    expect(stored.counts.digestOf('order', known())).toBeNull();
  });

  it('are counted by what begins and ends, across starts', () => {
    const stored = new Stored().begin(true, 'a', null);
    for (let i = 0; i < 3; i += 1) stored.counts.change('order', undefined, 'a');
    stored.store().begin(true, 'b', 'a');
    stored.counts.change('order', undefined, 'b');
    stored.counts.change('order', 'a', undefined);
    expect(stored.store().counts.all()).toEqual([
      { aggregate: 'order', digest: 'a', count: 2, isOpen: false },
      { aggregate: 'order', digest: 'b', count: 1, isOpen: false },
    ]);
    expect(stored.begin(true, 'c', 'b').counts.takeFresh()).toEqual([]);
    expect(stored.counts.digestOf('order', known('a'))).toBe('a');
    stored.counts.change('order', 'a', 'c');
    stored.counts.change('order', 'a', 'c');
    expect([...stored.store().fields.keys()]).toEqual(['order\t', 'order\tb', 'order\tc']);
  });

  it('are those of then where an aggregate began before any were kept', () => {
    const stored = new Stored().begin(true, 'b', 'a').store().begin(true, 'c', 'b');
    expect(stored.counts.digestOf('order', known())).toBe('a');
    expect(stored.counts.digestOf('order', EMPTY_STATE)).toBeNull();
    expect(stored.counts.all()).toEqual([{ aggregate: 'order', digest: 'a', count: 0, isOpen: true }]);
    expect([stored.counts.isInUse('a'), stored.counts.isInUse('b')]).toEqual([true, false]);
  });

  it('are others for all that keep them when they are migrated, and for none a second time', () => {
    const stored = new Stored().begin(true, 'b', 'a');
    stored.counts.change('order', undefined, 'a');
    stored.store().begin(true, 'c', 'b');
    expect(stored.counts.migrate('order', 'a', 'c')).toMatchObject({ count: 1, isOpen: true });
    expect(stored.counts.migrate('order', 'a', 'c')).toBeNull();
    expect(stored.counts.migrate('order', 'c', 'c')).toBeNull();
    for (const state of [known(), known('a')]) expect(stored.counts.digestOf('order', state)).toBe('c');
    stored.store().begin(true, 'd', 'c');
    expect(stored.counts.migrate('order', 'c', 'd')).toMatchObject({ count: 1 });
    for (const state of [known(), known('a')]) expect(stored.counts.digestOf('order', state)).toBe('d');
  });

  it('that are taken into use again decide what keeps them, also what was migrated', () => {
    const stored = new Stored().begin(true, 'a', null);
    stored.counts.change('order', undefined, 'a');
    stored.store().begin(true, 'b', 'a').counts.migrate('order', 'a', 'b');
    stored.store().begin(true, 'a', 'b').counts.change('order', undefined, 'a');
    expect(stored.counts.digestOf('order', known('a'))).toBe('a');
    expect(stored.store().counts.all()).toEqual([{ aggregate: 'order', digest: 'a', count: 2, isOpen: false }]);
  });

  it('are kept no longer when the rules say so, and from then on again when they say otherwise', () => {
    const stored = new Stored().begin(true, 'b', 'a');
    stored.counts.change('order', undefined, 'b');
    stored.store().begin(false, 'c', 'b').store();
    expect(stored.fields).toEqual(new Map([['order\tb', '{"count":1,"to":""}']]));
    expect([stored.counts.all(), stored.counts.digestOf('order', known('b'))]).toEqual([[], null]);
    stored.begin(false, 'd', 'c').store().begin(true, 'e', 'd');
    for (const state of [known(), known('b')]) expect(stored.counts.digestOf('order', state)).toBe('d');
  });

  it('are never fewer than none', () => {
    expect(() => new PinCounts().change('order', 'a', undefined)).toThrow(/was counted/);
  });
});

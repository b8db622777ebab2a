/** What a shard has of its pipeline. */
import { describe, expect, it } from 'vitest';
import { checkShared, isForeignOf, ownsAggregate } from '../../../src/changeset/sharing.js';
import { ownsId, shardsOf, WHOLE } from '../../../src/domain/shard.js';
import { type Feed, LOOKUP_AGGREGATE } from '../../../src/domain/tables/feed.js';

const feed = (parts: Partial<Feed>): Feed => ({
  ...{ aggregate: 'order', member: 'lines', table: 'line', cardinality: 'many', keyColumns: ['ord_no'] },
  ...{ keyPlaces: [0], via: null, children: [], onKeyChange: 'park' },
  ...parts,
});
const rulesOf = (feeds: Record<string, readonly Feed[]>, lookups: readonly string[] = []) => ({
  feeds: new Map(Object.entries(feeds)),
  lookups: new Set(lookups),
});
const keys = Array.from({ length: 50 }, (_, i) => `${i}/7`);

describe('a row', () => {
  it('is foreign to all shards but the one that owns its aggregate, qualifier included', () => {
    const rules = rulesOf({ line: [feed({})] });
    for (const key of keys) {
      const owners = shardsOf(3).filter((shard) => isForeignOf(rules, 'de', shard)('line')?.(key) === false);
      expect(owners).toEqual(shardsOf(3).filter((shard) => ownsId(shard, `de/${key.split('/')[0]}`)));
    }
  });

  it('that feeds two aggregates is foreign when neither is owned', () => {
    const rules = rulesOf({ line: [feed({}), feed({ aggregate: 'article', keyPlaces: [1] })] });
    for (const shard of shardsOf(2)) {
      const isForeign = isForeignOf(rules, null, shard)('line');
      for (const key of keys.map((each, i) => `${i}/${each.length + i * 3}`))
        expect(isForeign?.(key)).toBe(!key.split('/').some((id) => ownsId(shard, id)));
    }
  });

  it('without the parts that its aggregate is found by is not: it is to be told', () => {
    const isForeign = isForeignOf(rulesOf({ line: [feed({ keyPlaces: [2] })] }), null, { index: 0, count: 2 });
    expect(keys.filter((key) => isForeign('line')?.(key))).toEqual([]);
  });

  it.each([
    ['of a pipeline that is one task', rulesOf({ line: [feed({})] }), WHOLE],
    ['of a lookup table', rulesOf({ line: [feed({})] }, ['line']), { index: 1, count: 2 }],
    ['of a table that the row index is for', rulesOf({ line: [feed({ keyPlaces: null })] }), { index: 1, count: 2 }],
    [
      'of one of whose aggregates the key tells nothing',
      rulesOf({ line: [feed({}), feed({ aggregate: 'article', keyPlaces: null })] }),
      { index: 1, count: 2 },
    ],
  ])('%s is not told by its key', (_, rules, shard) => {
    expect(isForeignOf(rules, null, shard)('line')).toBeNull();
  });
});

it('a row of a lookup table is every shard’s own, an aggregate is one’s', () => {
  const owners = (aggregate: string) => shardsOf(4).filter((shard) => ownsAggregate(shard, { aggregate, id: 't/1' }));
  expect(owners(LOOKUP_AGGREGATE)).toHaveLength(4);
  expect(owners('order')).toHaveLength(1);
});

describe('members that are found via others', () => {
  const rules = rulesOf({ shipment: [feed({})], item: [feed({ member: 'items', table: 'item', via: feed({}) })] });

  it('are refused with shards, by name', () => {
    expect(() => checkShared(rules, { index: 0, count: 2 })).toThrow(
      expect.objectContaining({
        code: 'SHARDS_WITH_VIA',
        message: expect.stringMatching(/^Member items of order/) as string,
      }),
    );
  });

  it('are right without', () => {
    expect(() => checkShared(rules, WHOLE)).not.toThrow();
    expect(() => checkShared(rulesOf({ line: [feed({})] }), { index: 0, count: 2 })).not.toThrow();
  });
});

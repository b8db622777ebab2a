import { describe, expect, test } from 'vitest';
import { keyHash, partitionOf } from '../../../src/domain/partition.js';
import { ownPartition, ownsId, ownsPartition, shardsOf, taskName, WHOLE } from '../../../src/domain/shard.js';

const IDS = Array.from({ length: 1_000 }, (_, i) => (i % 3 === 0 ? String(i) : `dé/${i}-${'x'.repeat(i % 40)}`));

describe('shards of a pipeline', () => {
  test.each([1, 2, 3, 4, 6, 12])(
    'each of %i owns its ids, and their partitions of any topic that it divides',
    (count) => {
      const shards = shardsOf(count);
      for (const id of IDS) {
        const owners = shards.filter((shard) => ownsId(shard, id));
        expect(owners).toHaveLength(1);
        expect(owners[0]?.index).toBe(keyHash(id) % count);
        for (const partitions of [12, 24])
          expect(owners.every((shard) => ownsPartition(shard, partitionOf(id, partitions)))).toBe(true);
      }
    },
  );

  test('what each keeps for itself is in a partition of its own', () => {
    for (const shard of shardsOf(3))
      for (let partition = 0; partition < 12; partition += 1) {
        const own = ownPartition(shard, partition);
        expect(ownsPartition(shard, own)).toBe(true);
        expect(own).toBeLessThan(12);
        expect(ownPartition(shard, own)).toBe(own);
      }
  });

  test('a pipeline that is one task has its name, and several have numbers', () => {
    expect(taskName('orders', WHOLE)).toBe('orders');
    expect(shardsOf(2).map((shard) => taskName('orders', shard))).toEqual(['orders.0', 'orders.1']);
  });
});

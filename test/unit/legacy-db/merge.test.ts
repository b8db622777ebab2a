import { describe, expect, it } from 'vitest';
import type { RecordedLine } from '../../../legacy-db/recording/consume.js';
import { mergePartitions } from '../../../legacy-db/recording/merge.js';

const record = (partition: number, offset: number, timestamp: number): RecordedLine => ({
  topic: 'legacy.oms.ord_hdr',
  partition,
  offset,
  timestamp,
  key: null,
  value: null,
  headers: {},
});

describe('mergePartitions', () => {
  it('keeps the order inside a partition even where its clock went back, and follows timestamps between them', () => {
    const lines = [record(1, 4, 20), record(0, 1, 5), record(0, 0, 10), record(1, 3, 1)];
    expect(mergePartitions(lines, 1).map(({ partition, offset }) => [partition, offset])).toEqual([
      [1, 3],
      [0, 0],
      [0, 1],
      [1, 4],
    ]);
  });

  it('gives the same order for the same seed', () => {
    const lines = Array.from({ length: 40 }, (_, index) => record(index % 4, Math.floor(index / 4), 7));
    expect(mergePartitions(lines, 3)).toEqual(mergePartitions([...lines].reverse(), 3));
  });
});

/** Topics are looked through backwards in time: what belongs together is found together, and how far was looked is said. */
import type { Admin } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { searchBack } from '../../../../../src/adapters/kafka/look/search-back.js';
import type { RawRecord } from '../../../../../src/pipeline/ports.js';
import { stage } from '../../../../simulation/kafka/stage.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** When the last record was written. */
const NOW = 1_000 * HOUR;

/** Records by partition, each with its minute before the end. */
async function searched(
  minutes: readonly (readonly number[])[],
  wanted: readonly number[],
  { untilMs = NOW + MINUTE, foundMax = 100, hasTimes = true } = {},
) {
  const { cluster, kafka } = stage();
  cluster.createTopic('journal', minutes.length);
  const timesOf = (partition: number): number[] => (minutes[partition] ?? []).map((ago) => NOW - ago * MINUTE);
  for (const [partition, agos] of minutes.entries())
    for (const ago of agos)
      cluster.log(`journal/${partition}`).append({ key: 'k', value: String(ago), headers: {} }, NOW - ago * MINUTE);
  const partitions = minutes.map((_, partition) => partition);
  const admin = {
    fetchTopicOffsets: () =>
      Promise.resolve(
        partitions.map((partition) => ({ partition, low: '0', high: String(timesOf(partition).length) })),
      ),
    fetchTopicOffsetsByTimestamp: (_: string, timeMs: number) =>
      Promise.resolve(
        partitions.map((partition) => {
          const at = hasTimes ? timesOf(partition).findIndex((time) => time >= timeMs) : -1;
          return { partition, offset: String(at) };
        }),
      ),
  } as unknown as Admin;
  const plan = {
    ...{ what: 'The journal', topics: ['journal'], untilMs },
    pick: ({ value }: RawRecord) => (wanted.includes(Number(value)) ? Number(value) : null),
  };
  const found = await searchBack(kafka, admin, plan, foundMax);
  return { ...found, found: found.found.toSorted((a, b) => a - b) };
}

describe('a search', () => {
  it('finds what is near the end, and does not look at what is old', async () => {
    const { found, records, isAll } = await searched([[900, 800, 700, 1, 0]], [1]);
    expect(found).toEqual([1]);
    expect(isAll).toBe(false);
    expect(records).toBe(2);
  });

  it('looks in all partitions, and a minute farther when it has found something', async () => {
    const { found } = await searched([[300, 20.8, 0], [300, 21.5, 5], [300]], [20.8, 21.5]);
    expect(found).toEqual([20.8, 21.5]);
  });

  it('goes back in steps that double, to the beginning, and says so', async () => {
    const { found, isAll, records, sinceMs } = await searched([[30_000, 10, 5], [20_000]], [30_000]);
    expect([found, isAll, records, sinceMs]).toEqual([[30_000], true, 4, NOW - 30_000 * MINUTE]);
    expect(await searched([[30_000, 10], []], [1])).toMatchObject({ found: [], isAll: true, records: 2 });
    expect(await searched([[], []], [1])).toMatchObject({ found: [], isAll: true, records: 0, sinceMs: null });
  });

  it('begins at the time that is asked for', async () => {
    const { found, records } = await searched([[500, 100, 50, 3, 0]], [3, 100], { untilMs: NOW - 60 * MINUTE });
    expect(found).toEqual([100]);
    expect(records).toBeLessThanOrEqual(2);
  });

  it('keeps so many, and counts the others', async () => {
    const { found, more, isAll } = await searched(
      [
        [3, 2.5, 2],
        [2.2, 2.1],
      ],
      [3, 2.5, 2, 2.2, 2.1],
      { foundMax: 3 },
    );
    expect([found.length, more, isAll]).toEqual([3, 2, true]);
    expect(await searched([[2, 1]], [2, 1], { foundMax: 2 })).toMatchObject({ found: [1, 2], more: 0 });
  });

  it('ends where records have no times by which they could be found', async () => {
    expect(await searched([[3, 2], []], [1], { hasTimes: false })).toMatchObject({
      found: [],
      isAll: true,
      records: 2,
    });
  });
});

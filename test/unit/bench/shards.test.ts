/** What several numbers of shards come to: shares, what a foreign row costs, and what machines of their own would do. */
import { describe, expect, it } from 'vitest';
import type { DrainResult } from '../../../bench/drain/drain.js';
import { benchCommand, optionsOf } from '../../../bench/options.js';
import { capacities, shardsFigures, type ShardsRun, shardsText } from '../../../bench/shards/shards-report.js';

const RIGHT = { expected: 5, published: 5, missing: 0, twice: 0, unexpected: 0 };

function run(shards: number, rowsPerSecond: number, each: readonly number[], events = RIGHT): ShardsRun {
  const result: DrainResult = {
    ...{ rows: 1_000, seconds: 1, rowsPerSecond, peakMemoryMb: 100 * shards, startSeconds: 1, loadSeconds: 1 },
    ...{ cpuMicrosPerRow: each.reduce((sum, one) => sum + one, 0), cpuMicrosPerRowEach: each },
    ...{ events, written: { rowBytes: 0, eventBytes: 0, parts: [] }, troubles: [] },
  };
  return { shards, result, othersProcessors: 0 };
}

const runs = [
  run(1, 20_000, [40]),
  run(2, 16_000, [21, 21]),
  run(4, 12_000, [12, 11, 12, 11]),
  run(2, 18_000, [22, 22]),
  run(1, 22_000, [40]),
  run(2, 17_000, [21, 22], { ...RIGHT, published: 6, twice: 1 }),
];

describe('figures of shards', () => {
  const figures = shardsFigures(runs);

  it('stand by their number, each against one shard', () => {
    expect(figures.map(({ shards, runs: count, wrongRuns }) => [shards, count, wrongRuns])).toEqual([
      [1, 2, 0],
      [2, 3, 1],
      [4, 1, 0],
    ]);
    expect(figures[1]?.rateShare).toBeCloseTo(17_000 / 21_000);
    expect(figures[1]?.cpuMicrosPerRowEach).toEqual({ min: 21, median: 21.5, max: 22 });
  });

  it('tell what a foreign row costs: what N processes spend more than one, for each of the other shards', () => {
    expect(figures.map(({ foreignRowMicros }) => foreignRowMicros)).toEqual([NaN, 3, 2]);
  });

  it('tell what machines of their own would do: rows that a shard owns, and the others that it passes over', () => {
    const foreign = 2.5;
    expect(capacities(figures)).toEqual(
      [2, 4, 8].map((shards) => ({
        ...{ shards, rowsPerSecond: expect.closeTo((21_000 * shards * 40) / (40 + (shards - 1) * foreign)) as number },
      })),
    );
    expect(capacities(shardsFigures(runs.filter(({ shards }) => shards !== 1)))).toEqual([]);
    expect(capacities(shardsFigures(runs.filter(({ shards }) => shards === 1)))).toEqual([]);
  });

  it('are a table with the goals', () => {
    const text = shardsText(runs, 1_000);
    expect(text).toContain('Two shards: 0.81 of the rate of one; goal: at least 0.75');
    expect(text).toMatch(/^2 +3 +16,000 \/ 17,000 \/ 18,000 +0\.81 /m);
    expect(text).toMatch(/8 shards [\d,]+ rows\/s$/m);
  });
});

describe('the option', () => {
  const options = (...argv: string[]) => {
    const command = benchCommand();
    command.parse(argv, { from: 'user' });
    return optionsOf(command.opts());
  };

  it('measures these drains alone, each number once in a round', () => {
    expect(options('--shards', '1,2,4,2')).toMatchObject({ shards: [1, 2, 4], drain: false, latency: false, runs: 3 });
    expect(options('--drain').shards).toEqual([]);
    expect(options('--tpcc', '--shards', '1,2')).toMatchObject({ workload: 'tpcc', shards: [1, 2] });
  });
});

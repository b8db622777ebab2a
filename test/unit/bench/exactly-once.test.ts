/** What the bench says exactly-once costs, and that the variant without Kafka transactions can be built of the sources as they are. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { build } from '../../../bench/dragoman/build.js';
import { WITHOUT_TRANSACTIONS } from '../../../bench/dragoman/without-transactions.js';
import type { DrainResult } from '../../../bench/drain/drain.js';
import { exactlyOnceCost, exactlyOnceText, WITHOUT } from '../../../bench/drain/exactly-once.js';
import { projectDirectory } from '../../stack/directories.js';

const run = (variant: string, rowsPerSecond: number) => ({ variant, result: { rowsPerSecond } as DrainResult });

describe('the cost of exactly-once', () => {
  it('is by how much the rate is lower in the same round, beside the noise of two equal builds', () => {
    const rounds = [
      run('A', 800),
      run('A2', 760),
      run(WITHOUT, 1_000),
      run(WITHOUT, 500),
      run('A2', 450),
      run('A', 450),
    ];
    const cost = exactlyOnceCost(rounds);
    expect([cost.costPercent.min, cost.costPercent.max].map(Math.round)).toEqual([10, 20]);
    expect([cost.controlPercent.min, cost.controlPercent.max].map(Math.round)).toEqual([0, 5]);
    expect(exactlyOnceText(cost)).toMatch(/10\.0 \/ 15\.0 \/ 20\.0 %.*goal: at most 25\nControl/);
  });
});

describe('a build with patches', () => {
  it('has no producer with a transactional id', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dragoman-bench-test-'));
    try {
      await build({ name: 'x', checkout: projectDirectory, directory, rules: null, patches: WITHOUT_TRANSACTIONS });
      const sink = await readFile(join(directory, 'x', 'dist', 'src', 'adapters', 'kafka', 'write', 'sink.js'), 'utf8');
      expect(sink).toContain('idempotent: true');
      expect(sink).not.toContain('producers = withProduce(');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('is refused when the sources have become others', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dragoman-bench-test-'));
    const patches = [{ file: 'adapters/kafka/write/sink.ts', from: 'nowhere in the file', to: '' }];
    try {
      await expect(
        build({ name: 'x', checkout: projectDirectory, directory, rules: null, patches }),
      ).rejects.toMatchObject({
        code: 'BUILD_FAILED',
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

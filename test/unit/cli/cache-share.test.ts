import { describe, expect, it } from 'vitest';
import { cacheBytesMax } from '../../../src/cli/cache-share.js';
import { configOf } from '../../support/rig.js';

const MIB = 1024 * 1024;
const config = configOf();
const { orders } = config.pipelines;
const two = { ...config, pipelines: { orders: orders!, returns: orders! } };
const sharded = { ...config, pipelines: { orders: { ...orders!, shards: 4 }, returns: orders! } };

describe('states that each task keeps in memory', () => {
  it.each([
    ['an eighth of the memory limit', config, 2048, 256],
    ['that of all pipelines together', two, 2048, 128],
    ['that of all their shards together: one member may have to run them all', sharded, 2560, 64],
    ['16 MiB at least', two, 128, 16],
    ['4 GiB at most', config, 100 * 1024, 4096],
  ])('%s', (_, given, limitMib, expected) => {
    expect(cacheBytesMax(given, limitMib * MIB)).toBe(expected * MIB);
  });

  it.each([0, 2 ** 63 - 4096, 2 ** 64])('64 MiB where no limit is set (%d)', (limit) => {
    expect(cacheBytesMax(config, limit)).toBe(64 * MIB);
  });

  it('what the configuration says', () => {
    const limits = { ...config.limits, cacheBytesMax: 5 * MIB };
    expect(cacheBytesMax({ ...config, limits }, 2048 * MIB)).toBe(5 * MIB);
  });
});

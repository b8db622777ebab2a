/** How much of the memory that the process may use holds aggregate states. Pure. */
import type { Config } from '../config/schema.js';
import { MEBIBYTE } from '../config/keys/key.js';

const SHARE = 1 / 8;
const TASK_BYTES_MIN = 16 * MEBIBYTE;
/** Nobody said that there is more. */
const UNLIMITED_BYTES = 64 * MEBIBYTE;
const BYTES_MAX = 4096 * MEBIBYTE;

/**
 * Bytes for each task, that is each shard of each pipeline; one process may have to run all of them.
 * @param limitBytes of the cgroup, as Node tells it: 0, or more than any machine has, where there is none.
 */
export function cacheBytesMax({ limits, pipelines }: Pick<Config, 'limits' | 'pipelines'>, limitBytes: number): number {
  if (limits.cacheBytesMax !== null) return limits.cacheBytesMax;
  if (limitBytes === 0 || limitBytes > MACHINE_BYTES_MAX) return UNLIMITED_BYTES;
  const tasks = Object.values(pipelines).reduce((sum, { shards }) => sum + shards, 0);
  const each = (limitBytes * SHARE) / Math.max(1, tasks);
  return Math.floor(Math.min(BYTES_MAX, Math.max(TASK_BYTES_MIN, each)));
}

/** Without a limit cgroup v1 says 2^63 less a page, and v2 is told as 2^64. */
const MACHINE_BYTES_MAX = 2 ** 50;

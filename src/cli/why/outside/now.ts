/** How far a task is, out of its progress and the ends of its input. Pure. */
import { knownOf } from '../../../pipeline/progress/known-tables.js';
import type { Progress } from '../../../pipeline/progress/progress.js';
import type { CompiledRules } from '../../../rules/compile.js';
import type { PipelineNow } from '../../../why/outside.js';

/** Progress as it was written, and when, ms since 1970. */
export interface WrittenProgress {
  readonly progress: Progress;
  readonly timeMs: number;
}

/** Less than this tells no rate. */
const RATE_MS_MIN = 1_000;

/**
 * @param ends of the input's partitions (`topic/3`).
 * @param before an earlier progress, for the rate; null: there is none.
 */
export function pipelineNow(
  now: WrittenProgress,
  ends: ReadonlyMap<string, number>,
  { rules, before = null }: { readonly rules: CompiledRules; readonly before?: WrittenProgress | null },
): PipelineNow {
  const { offsets, frontiers, clock: clockMs, digest } = now.progress;
  const declared = [...rules.tables.keys()];
  let recordsBehind = 0;
  for (const [partition, end] of ends) recordsBehind += Math.max(0, end - (offsets.get(partition) ?? 0));
  const times = Object.values(frontiers).flatMap(({ timeMs }) => (timeMs === null ? [] : [timeMs]));
  const unknown = Object.entries(frontiers).map(([source, { known }]) => {
    const { tables } = knownOf(known, declared);
    return [source, declared.filter((table) => !tables.includes(table))] as const;
  });
  return {
    ...{ recordsBehind, recordsPerSecond: before && rateOf(before, now), clockMs, digest },
    sourceTimeMs: times.length === 0 ? null : Math.max(...times),
    unknown: Object.fromEntries(unknown),
  };
}

function rateOf(before: WrittenProgress, now: WrittenProgress): number | null {
  const ms = now.timeMs - before.timeMs;
  if (ms < RATE_MS_MIN) return null;
  let records = 0;
  for (const [partition, offset] of now.progress.offsets)
    records += Math.max(0, offset - (before.progress.offsets.get(partition) ?? offset));
  return records === 0 ? null : (records * 1_000) / ms;
}

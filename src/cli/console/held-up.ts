/** What holds things up: the conditions of a bounded sample of what waits, those that are due first. Pure. */
import { type HeldUp, SAMPLE_MAX, SAMPLE_OF_FACT_MAX } from '../../console/answers/waiting.js';
import type { WaitsFor } from '../../why/waits-for.js';
import { countsOf, type WaitingList, type WaitingOne } from './waiting.js';

/** What was looked at, and what came of it. */
export interface Sample {
  readonly list: WaitingList;
  readonly ones: readonly WaitingOne[];
  /** In the same order. */
  readonly waits: readonly WaitsFor[];
}

/** Of each fact those that are due first, in their order. */
export function sampled({ all, expected }: Pick<WaitingList, 'all' | 'expected'>): WaitingOne[] {
  const max = Math.min(SAMPLE_OF_FACT_MAX, Math.floor(SAMPLE_MAX / Math.max(1, expected.length)));
  const taken = new Map(expected.map((each) => [each, 0]));
  return all.filter(({ expected: of }) => {
    const before = taken.get(of) ?? max;
    taken.set(of, before + 1);
    return before < max;
  });
}

/** Those that a condition holds up. */
export const heldUpBy = (condition: string, { ones, waits }: Sample): WaitingOne[] =>
  ones.filter((_, i) => waits[i]?.conditions.some(({ name }) => name === condition));

export function heldUpAnswer({ list, ones, waits }: Sample, pipeline: string): HeldUp {
  const facts = countsOf(list).map(({ aggregate, fact, overdue, behind, awaited }, at) => {
    const looked = waits.filter((_, i) => ones[i]?.expected === list.expected[at]);
    return {
      ...{ aggregate, fact },
      waiting: overdue + behind + awaited,
      lookedAt: looked.length,
      conditions: conditionsOf(looked),
    };
  });
  const { asOfMs, isAll } = list;
  return { schema: 'dragoman.http/held-up@1', pipeline, asOf: new Date(asOfMs).toISOString(), isAll, facts };
}

type Counts = HeldUp['facts'][number]['conditions'][number];

function conditionsOf(looked: readonly WaitsFor[]): Counts[] {
  const all = new Map<string, Counts>();
  for (const { conditions } of looked)
    for (const { name, holds } of conditions) {
      const counts = all.get(name) ?? { name, unmet: 0, unknown: 0, failed: 0 };
      all.set(name, counts);
      counts[holds === 'unknown' || holds === 'failed' ? holds : 'unmet'] += 1;
    }
  return [...all.values()].sort((a, b) => sum(b) - sum(a));
}

const sum = ({ unmet, unknown, failed }: Counts): number => unmet + unknown + failed;

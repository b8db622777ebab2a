/**
 * What aggregates wait for before a milestone can happen, of many at once: its conditions as things are now. The history of none is read, and how far the
 * pipeline is is asked once for all.
 */
import type { AggregateRef } from '../domain/change-set.js';
import type { ConditionAnswer } from './answer.js';
import type { Outside } from './outside.js';
import { why, type WhySettings } from './why.js';

/** Asked about at a time. */
const AT_ONCE = 10;

export interface WaitsForQuestion extends AggregateRef {
  /** The milestone. */
  readonly fact: string;
}

export interface WaitsFor {
  /** Changes wait, so its conditions are those of before. */
  readonly isParked: boolean;
  /** Those that do not hold, or are not known to; none: it may happen with the next transaction, or has. */
  readonly conditions: readonly Pick<ConditionAnswer, 'name' | 'holds'>[];
}

/** In the order asked for. @throws DragomanError as `why` does */
export async function waitsFor(
  questions: readonly WaitsForQuestion[],
  outside: Outside,
  settings: WhySettings,
): Promise<WaitsFor[]> {
  const now = questions.length === 0 ? null : await outside.now(null);
  const shortly: Outside = {
    ...{ ...outside, journal: null },
    now: () => Promise.resolve(now),
    held: () => Promise.resolve({ held: [] }),
  };
  const all: WaitsFor[] = [];
  for (let i = 0; i < questions.length; i += AT_ONCE)
    all.push(
      ...(await Promise.all(questions.slice(i, i + AT_ONCE).map((each) => waitsForOne(each, shortly, settings)))),
    );
  return all;
}

async function waitsForOne(
  { aggregate, id, fact }: WaitsForQuestion,
  outside: Outside,
  settings: WhySettings,
): Promise<WaitsFor> {
  const { standing, facts } = await why({ aggregate, id, event: fact }, outside, settings);
  // By the rules that it keeps it may have another name.
  const [miss] = (facts.find((each) => each.fact === fact) ?? facts[0])?.misses ?? [];
  const conditions = (miss?.conditions ?? []).filter(({ holds }) => holds !== true);
  return { isParked: standing === 'parked', conditions: conditions.map(({ name, holds }) => ({ name, holds })) };
}

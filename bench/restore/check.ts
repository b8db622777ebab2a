/** Whether Redis holds the states that the journal ends with. */
import type { JournalEntry } from '../../src/domain/state/journal-entry.js';
import type { Made } from './template.js';

export interface RestoredStates {
  readonly expected: number;
  readonly missing: number;
  /** Of {@link compared}. */
  readonly different: number;
  /** Looked at as a whole. */
  readonly compared: number;
}

/** What is asked of a Redis client. */
interface StateKeys {
  exists(...keys: string[]): Promise<number>;
  mget(...keys: string[]): Promise<(string | null)[]>;
}

export interface Restored {
  readonly redis: StateKeys;
  /** Of state keys. */
  readonly prefix: string;
  readonly aggregates: number;
  readonly lastOf: (number: number) => Made;
}

const KEYS_PER_CALL = 1_000;
const COMPARED_MAX = 20_000;

export async function checkStates({ redis, prefix, aggregates, lastOf }: Restored): Promise<RestoredStates> {
  const every = Math.ceil(aggregates / COMPARED_MAX);
  let [there, compared, different] = [0, 0, 0];
  for (let from = 0; from < aggregates; from += KEYS_PER_CALL) {
    const all = Array.from({ length: Math.min(KEYS_PER_CALL, aggregates - from) }, (_, i) => lastOf(from + i));
    there += await redis.exists(...all.map(({ text }) => prefix + text));
    const some = all.filter((_, i) => (from + i) % every === 0);
    if (some.length === 0) continue;
    const texts = await redis.mget(...some.map(({ text }) => prefix + text));
    some.forEach(({ entry }, i) => {
      compared += 1;
      const state: unknown = JSON.parse(texts[i] ?? 'null');
      if (JSON.stringify(state) !== JSON.stringify((JSON.parse(entry) as JournalEntry).state)) different += 1;
    });
  }
  return { expected: aggregates, missing: aggregates - there, different, compared };
}

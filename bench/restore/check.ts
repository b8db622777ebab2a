/** Whether Redis holds the cells that the state topic ends with. */
import { ROWS } from '../../src/pipeline/state/cells.js';
import type { Made } from './template.js';

export interface RestoredStates {
  readonly expected: number;
  readonly missing: number;
  /** Of {@link compared}. */
  readonly different: number;
  /** Looked at as a whole, with their rows in the row index. */
  readonly compared: number;
}

/** What is asked of a Redis client. */
interface Hashes {
  exists(...keys: string[]): Promise<number>;
  hgetall(key: string): Promise<Record<string, string>>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
}

export interface Restored {
  readonly redis: Hashes;
  /** Of all keys. */
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
    const same = await Promise.all(some.map((one) => isThere(redis, prefix, one)));
    compared += some.length;
    different += same.filter((is) => !is).length;
  }
  return { expected: aggregates, missing: aggregates - there, different, compared };
}

/** All of its cells, and no others. */
async function isThere(redis: Hashes, prefix: string, { text, cells }: Made): Promise<boolean> {
  const own = cells.filter(({ hash }) => hash === text);
  const rows = cells.filter(({ hash }) => hash === ROWS);
  const found = await redis.hgetall(prefix + text);
  const owners = rows.length === 0 ? [] : await redis.hmget(prefix + ROWS, ...rows.map(({ field }) => field));
  return (
    own.length + rows.length === cells.length &&
    Object.keys(found).length === own.length &&
    own.every(({ field, value }) => found[field] === value) &&
    rows.every(({ value }, i) => owners[i] === value)
  );
}

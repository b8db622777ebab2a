/** Rules are asked again until every row of a lookup table that they ask for is in memory (SPEC T19). */
import { LRUCache } from 'lru-cache';
import { describe, expect, it } from 'vitest';
import { type AggregateState, EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { LOOKUP_LIMITS, type LookupLimits, Lookups } from '../../../../src/pipeline/decide/lookups.js';
import { Refused } from '../../../../src/translate/ask.js';
import { LOOKED_ROWS_MAX } from '../../../../src/translate/looking.js';

/** The row `1` of `s.node` names `2`, and so on; the last one names none. */
const nodes = (count: number): Map<string, AggregateState> =>
  new Map(
    Array.from({ length: count }, (_, i) => {
      const row = { id: String(i + 1), next: i + 1 === count ? null : String(i + 2) };
      return [`@lookup:s.node/${row.id}`, { ...EMPTY_STATE, rows: { 's.node': { [row.id]: row } } }];
    }),
  );

const BYTES = 100;

/** A memory that forgets everything at once, but for the newest so many states, over a store that gives so many states in one answer. */
class Forgetful {
  readonly fetches: (readonly string[])[] = [];
  readonly #states: ReadonlyMap<string, AggregateState>;
  readonly #answerMax: number;
  readonly #cache: LRUCache<string, { state: AggregateState | null; bytes: number }> | null;

  constructor(states: ReadonlyMap<string, AggregateState>, answerMax = 1_000, cachedMax = 0) {
    this.#states = states;
    this.#answerMax = answerMax;
    this.#cache = cachedMax === 0 ? null : new LRUCache({ max: cachedMax });
  }

  known(name: string): { state: AggregateState | null; bytes: number } | undefined {
    return this.#cache?.get(name);
  }

  fetch(names: readonly string[]): Promise<Map<string, { state: AggregateState | null; bytes: number }>> {
    this.fetches.push(names);
    const answered = names.slice(0, this.#answerMax);
    const fetched = new Map(
      answered.map((name) => [name, { state: this.#states.get(name) ?? null, bytes: BYTES }] as const),
    );
    for (const [name, known] of fetched) this.#cache?.set(name, known);
    return Promise.resolve(fetched);
  }
}

async function asked<T>(
  memory: Forgetful,
  ask: (get: (key: string) => string | null | undefined) => T,
  limits: Partial<LookupLimits> = {},
  foresee?: (lookups: Lookups) => void,
): Promise<{ readonly answer: T; readonly lookups: Lookups; readonly rounds: number }> {
  const lookups = new Lookups(memory, { ...LOOKUP_LIMITS, ...limits });
  let rounds = 0;
  const once = (): T => {
    rounds += 1;
    return ask((key) => lookups.rows('s.node', key)?.rows['s.node']?.[key]?.['next'] as string | null | undefined);
  };
  const first = once();
  const answer = lookups.isMissing ? await lookups.again(once, foresee && (() => foresee(lookups))) : first;
  return { answer, lookups, rounds };
}

/** Number of the last node. */
const follow = (get: (key: string) => string | null | undefined): string => {
  let at = '1';
  for (let next = get(at); next != null; next = get(at)) at = next;
  return at;
};

describe('what rules look up', () => {
  it('is loaded at once, as far as they ask for it at once', async () => {
    const memory = new Forgetful(nodes(5));
    const { answer, rounds } = await asked(memory, (get) => ['1', '2', '3', '9'].map(get));
    expect(answer).toEqual(['2', '3', '4', undefined]);
    expect(rounds).toBe(2);
    expect(memory.fetches).toEqual([['1', '2', '3', '9'].map((key) => `@lookup:s.node/${key}`)]);
  });

  it('takes one round for each link of a chain', async () => {
    const memory = new Forgetful(nodes(7));
    const { answer, rounds } = await asked(memory, follow);
    expect(answer).toBe('7');
    expect(rounds).toBe(8);
    expect(memory.fetches).toHaveLength(7);
  });

  it('is the same however little one answer holds, and however little is kept', async () => {
    const memory = new Forgetful(nodes(60), 1);
    const limits = { missingMax: 2, loadedMax: 1, loadedBytesMax: BYTES };
    expect((await asked(memory, follow, limits)).answer).toBe('60');
    const all = await asked(new Forgetful(nodes(60), 1), (get) => ['3', '50', '7', '8', '61'].map(get), limits);
    expect(all.answer).toEqual(['4', '51', '8', '9', undefined]);
  });

  it('stays at hand while it is asked for, though the cache lets it go when more is loaded', async () => {
    const memory = new Forgetful(nodes(60), 1_000, 10);
    const { answer, rounds } = await asked(memory, follow, { loadedMax: 1 });
    expect([answer, rounds]).toEqual(['60', 61]);
    expect(memory.fetches.flat()).toHaveLength(60);
  });

  it('is known before what was caught, or taken for none, counts', async () => {
    const guarded = (get: (key: string) => unknown): string => {
      try {
        if (get('1') === undefined) throw new TypeError('none');
        return get('4') === undefined ? 'no fourth' : 'all';
      } catch {
        return 'caught';
      }
    };
    expect((await asked(new Forgetful(nodes(4)), guarded)).answer).toBe('all');
    expect((await asked(new Forgetful(nodes(3)), guarded)).answer).toBe('no fourth');
    expect((await asked(new Forgetful(nodes(0)), guarded)).answer).toBe('caught');
  });

  it('brings along what will be needed, up to so many rows', async () => {
    const memory = new Forgetful(nodes(50));
    const limits = { missingMax: 4 };
    let isFull = false;
    const foresee = (lookups: Lookups): void => {
      for (let i = 10; i < 40; i += 1) lookups.rows('s.node', String(i));
      isFull = lookups.isFull;
    };
    const { rounds, lookups } = await asked(memory, (get) => get('1'), limits, foresee);
    expect([rounds, isFull]).toEqual([2, true]);
    expect(memory.fetches).toEqual([['1', '10', '11', '12'].map((key) => `@lookup:s.node/${key}`)]);
    expect(lookups.rows('s.node', '12')?.rows['s.node']).toEqual({ '12': { id: '12', next: '13' } });
    expect(lookups.isMissing).toBe(false);
  });

  it('is kept for the next decision of the draft, but for what nobody asked for lately where it is too much', async () => {
    const memory = new Forgetful(nodes(50));
    const lookups = new Lookups(memory, { ...LOOKUP_LIMITS, loadedBytesMax: 2 * BYTES });
    const get = (key: string): unknown => lookups.rows('s.node', key);
    for (const key of ['1', '2', '3', '3']) {
      if (get(key) === undefined) await lookups.again(() => get(key));
    }
    expect(memory.fetches.map((names) => names.map((name) => name.split('/')[1]))).toEqual([['1'], ['2'], ['3']]);
    expect(get('1')).toBeUndefined();
    expect(lookups.isMissing).toBe(true);
  });

  it('that is another one each time is refused', async () => {
    let number = 0;
    const impure = (get: (key: string) => unknown): unknown => get(String((number += 1)));
    const refused = asked(new Forgetful(nodes(0)), impure, { roundsMax: 5 });
    await expect(refused).rejects.toThrow(Refused);
    await expect(refused).rejects.toMatchObject({ refusal: { code: 'LOOKUPS_TOO_LARGE' } });
    expect(number).toBe(6);
  });

  it('is never refused for its rounds where one decision may ask for so many rows', async () => {
    const memory = new Forgetful(nodes(LOOKED_ROWS_MAX), 1);
    let at = 1;
    /** Each time one further, as the longest chain: without following it from the beginning. */
    const ask = (get: (key: string) => unknown): unknown => {
      const known = get(String(at));
      if (known !== undefined && at < LOOKED_ROWS_MAX) return get(String((at += 1)));
      return known;
    };
    const { answer, rounds } = await asked(memory, ask);
    expect(answer).toBeNull();
    expect(rounds).toBe(LOOKED_ROWS_MAX + 1);
  });
});

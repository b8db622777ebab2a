/** What every state store promises (`src/pipeline/ports.ts`, rules R5 to R7, R10): one suite over each adapter. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Marker, StateStore, StoreWrites } from '../../src/pipeline/ports.js';
import { loadAll } from '../../src/pipeline/state/cutting.js';

export interface StoreWorld {
  /** An empty store. */
  readonly store: StateStore;
  /** Another connection to the same store, as another member has it. */
  readonly other: StateStore;
  /** What a FLUSHALL does. */
  readonly lose: () => Promise<void>;
}

const writes = (parts: Partial<Record<keyof StoreWrites, Record<string, string | null>>>): StoreWrites => ({
  states: new Map(Object.entries((parts.states ?? {}) as Record<string, string>)),
  owners: new Map(Object.entries(parts.owners ?? {})),
  parked: new Map(Object.entries(parts.parked ?? {})),
});
const ONE: Marker = 'one';
const TWO: Marker = 'two';
const moved = { code: 'MARKER_MOVED', disposition: 'corrupt' };

export function storePromises(open: () => Promise<StoreWorld>): void {
  let world: StoreWorld;
  beforeEach(async () => {
    world = await open();
  });

  describe('a store that has never been written', () => {
    it('has no marker, and nothing can be loaded from it', async () => {
      expect(await world.store.marker()).toBeNull();
      await expect(world.store.loadStates(ONE, ['order:1'])).rejects.toMatchObject(moved);
    });

    it('takes its first write only from one who knows that there is no marker', async () => {
      await expect(world.store.save(ONE, TWO, writes({}))).rejects.toMatchObject(moved);
      await world.store.save(null, ONE, writes({}));
      await expect(world.store.save(null, TWO, writes({}))).rejects.toMatchObject(moved);
      expect(await world.store.marker()).toBe(ONE);
    });
  });

  describe('a write', () => {
    const first = writes({
      states: { 'order:1': '{"n":1}', 'order:2': '{"n":2}' },
      owners: { 'pay:7': 'order:1', 'pay:8': 'order:2' },
      parked: { 'order:2': 'CODE_UNKNOWN' },
    });

    it('is seen whole, with the marker, in the order asked for', async () => {
      await world.store.save(null, ONE, first);
      expect(await world.store.marker()).toBe(ONE);
      expect(await world.store.loadStates(ONE, ['order:2', 'order:9', 'order:1'])).toEqual([
        '{"n":2}',
        null,
        '{"n":1}',
      ]);
      expect(await world.store.loadOwners(ONE, ['pay:9', 'pay:7'])).toEqual([null, 'order:1']);
      expect(new Map(await world.store.parked())).toEqual(new Map([['order:2', 'CODE_UNKNOWN']]));
    });

    it('replaces and removes', async () => {
      await world.store.save(null, ONE, first);
      const second = writes({
        states: { 'order:1': '{"n":3}' },
        owners: { 'pay:7': null },
        parked: { 'order:2': null },
      });
      await world.store.save(ONE, TWO, second);
      expect(await world.store.loadStates(TWO, ['order:1', 'order:2'])).toEqual(['{"n":3}', '{"n":2}']);
      expect(await world.store.loadOwners(TWO, ['pay:7', 'pay:8'])).toEqual([null, 'order:2']);
      expect((await world.store.parked()).size).toBe(0);
    });

    it('from where the store no longer is changes nothing', async () => {
      await world.store.save(null, ONE, first);
      await world.other.save(ONE, TWO, writes({ states: { 'order:1': '{"n":"other"}' } }));
      await expect(
        world.store.save(ONE, 'three', writes({ states: { 'order:1': '{"n":"mine"}' } })),
      ).rejects.toMatchObject(moved);
      expect(await world.store.marker()).toBe(TWO);
      expect(await world.store.loadStates(TWO, ['order:1'])).toEqual(['{"n":"other"}']);
    });

    it('that is sent again, because its answer was lost, changes nothing more', async () => {
      await world.store.save(null, ONE, first);
      await world.store.save(null, ONE, writes({ states: { 'order:1': '{"n":"again"}' } }));
      expect(await world.store.loadStates(ONE, ['order:1'])).toEqual(['{"n":1}']);
    });

    it('of many states is one step', async () => {
      const states = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`order:${i}`, `{"n":${i}}`]));
      await world.store.save(null, ONE, writes({ states }));
      expect(await world.store.loadStates(ONE, Object.keys(states))).toEqual(Object.values(states));
    });
  });

  describe('a read of much', () => {
    it('is answered in parts, each of them in order and with at least one', async () => {
      const states = Object.fromEntries(
        Array.from({ length: 9 }, (_, i) => [`order:${i}`, String(i).repeat(3_000_000)]),
      );
      await world.store.save(null, ONE, writes({ states }));
      const asked = [...Object.keys(states), 'order:none'];
      const shape = (text: string | null | undefined): string => `${text?.[0]} x ${text?.length}`;
      const expected = asked.map((key) => shape(states[key]));
      const answers = await world.store.loadStates(ONE, asked);
      expect(answers.length).toBeGreaterThan(0);
      expect(answers.map(shape)).toEqual(expected.slice(0, answers.length));
      const all = await loadAll(asked, (some) => world.store.loadStates(ONE, some));
      expect(all.map(shape)).toEqual(expected);
      expect(all.at(-1)).toBeNull();
    });
  });

  describe('a scan', () => {
    const all = async (expected: Marker): Promise<Map<string, string>> => {
      const states = new Map<string, string>();
      let from: string | null = null;
      do {
        const scanned = await world.store.scan(expected, from);
        for (const [key, text] of scanned.states) states.set(key, text);
        from = scanned.next;
      } while (from !== null);
      return states;
    };
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`order:${i}`, `{"n":${i}}`]));

    it('gives every state, and nothing that is none', async () => {
      await world.store.save(
        null,
        ONE,
        writes({ states: many, owners: { 'pay:7': 'order:1' }, parked: { 'order:2': 'X' } }),
      );
      expect(await all(ONE)).toEqual(new Map(Object.entries(many)));
    });

    it('comes in parts of a bounded size', async () => {
      await world.store.save(null, ONE, writes({ states: many }));
      const { states, next } = await world.store.scan(ONE, null);
      expect(states.length).toBeLessThan(3_000);
      expect(next).not.toBeNull();
    });

    it('gives states that are written meanwhile, as they were or as they are', async () => {
      await world.store.save(null, ONE, writes({ states: many }));
      const first = await world.store.scan(ONE, null);
      const changed = Object.fromEntries(Object.keys(many).map((key) => [key, '{}']));
      await world.store.save(ONE, TWO, writes({ states: changed }));
      const keys = new Set(first.states.map(([key]) => key));
      for (let from = first.next; from !== null;) {
        const scanned = await world.store.scan(TWO, from);
        for (const [key, text] of scanned.states) {
          keys.add(key);
          expect(text).toBe('{}');
        }
        from = scanned.next;
      }
      expect(keys).toEqual(new Set(Object.keys(many)));
    });

    it('of an empty store gives nothing', async () => {
      await world.store.save(null, ONE, writes({}));
      expect(await all(ONE)).toEqual(new Map());
    });

    it('is refused when the marker is not where it was left, or lost with everything', async () => {
      await world.store.save(null, ONE, writes({ states: many }));
      const { next } = await world.store.scan(ONE, null);
      await world.other.save(ONE, TWO, writes({}));
      await expect(world.store.scan(ONE, next)).rejects.toMatchObject(moved);
      await world.lose();
      await expect(world.store.scan(TWO, null)).rejects.toMatchObject(moved);
    });
  });

  describe('a read', () => {
    it('is refused when another member has moved the marker', async () => {
      await world.store.save(null, ONE, writes({ states: { 'order:1': '{}' } }));
      await world.other.save(ONE, TWO, writes({}));
      await expect(world.store.loadStates(ONE, ['order:1'])).rejects.toMatchObject(moved);
      await expect(world.store.loadOwners(ONE, ['pay:7'])).rejects.toMatchObject(moved);
    });

    it('is refused, not answered with nothing, when everything was lost', async () => {
      await world.store.save(null, ONE, writes({ states: { 'order:1': '{}' }, parked: { 'order:1': 'ROW_INVALID' } }));
      await world.lose();
      expect(await world.store.marker()).toBeNull();
      await expect(world.store.loadStates(ONE, ['order:1'])).rejects.toMatchObject(moved);
      await expect(world.store.save(ONE, TWO, writes({}))).rejects.toMatchObject(moved);
      expect((await world.store.parked()).size).toBe(0);
    });

    it('of nothing asks nothing', async () => {
      expect(await world.store.loadStates(ONE, []).catch(() => [])).toEqual([]);
    });
  });
}

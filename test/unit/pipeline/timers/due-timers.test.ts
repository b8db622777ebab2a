/** Timers in the order in which they are due, with few of them in memory, against a list of all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Timers } from '../../../../src/domain/state/aggregate-state.js';
import type { Cell, Fields } from '../../../../src/pipeline/ports.js';
import { placeOf } from '../../../../src/pipeline/state/cells.js';
import { DUE } from '../../../../src/pipeline/timers/due-hours.js';
import { without } from '../../../../src/translate/own.js';
import { type DueTimer, DueTimers } from '../../../../src/pipeline/timers/due-timers.js';

const HOUR = 60 * 60 * 1_000;

/** A store of cells, and the timers that a pipeline keeps over it. */
class World {
  readonly hashes = new Map<string, Map<string, string>>();
  readonly states = new Map<string, Timers>();
  timers: DueTimers;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
    this.timers = new DueTimers(max);
  }

  set(aggregate: string, name: string, dueMs: number | null): void {
    const before = this.states.get(aggregate);
    const others = without(before ?? {}, name);
    const after = dueMs === null ? others : { ...others, [name]: dueMs };
    this.states.set(aggregate, after);
    this.#store(this.timers.change(aggregate, before, after));
  }

  async due(untilMs: number, max = 100): Promise<DueTimer[]> {
    await this.timers.read((hash) => this.#fieldsOf(hash));
    this.#store(this.timers.takeEmptied());
    return this.timers.due(untilMs, max);
  }

  /** Everything in memory is lost. */
  restart(): void {
    this.timers = new DueTimers(this.#max);
    this.timers.reset([...(this.hashes.get(DUE)?.keys() ?? [])].map(Number));
  }

  #store(cells: readonly Cell[]): void {
    for (const { hash, field, value } of cells) {
      let fields = this.hashes.get(hash);
      if (fields === undefined) this.hashes.set(hash, (fields = new Map<string, string>()));
      if (value === null) fields.delete(field);
      else fields.set(field, value);
      if (fields.size === 0) this.hashes.delete(hash);
    }
  }

  async *#fieldsOf(hash: string): AsyncIterable<Fields> {
    const fields: (readonly [string, string])[] = [...(this.hashes.get(hash) ?? [])];
    for (let i = 0; i === 0 || i < fields.length; i += 2)
      yield await Promise.resolve(new Map<string, string>(fields.slice(i, i + 2)));
  }
}

describe('timers', () => {
  it('are cells in the hash of their hour, in the partition of their aggregate', () => {
    const world = new World(10);
    world.set('order:47\t11', 'retire', 5 * HOUR + 7);
    expect(Object.fromEntries(world.hashes)).toEqual({
      '~due': new Map([['5', '']]),
      '~due:5': new Map([['order:47\t11\tretire', String(5 * HOUR + 7)]]),
    });
    expect(placeOf({ hash: '~due:5', field: 'order:47\t11\tretire' })).toBe('47\t11');
    world.set('order:47\t11', 'retire', 6 * HOUR);
    expect([...(world.hashes.get('~due:5') ?? [])]).toEqual([]);
  });

  it('that are due are told in their order, and again until their states forget them', async () => {
    const world = new World(10);
    world.set('order:2', 'a', 30);
    world.set('order:1', 'a', 20);
    world.set('order:1', 'b', 40);
    const two = [
      { aggregate: 'order:1', name: 'a', dueMs: 20 },
      { aggregate: 'order:2', name: 'a', dueMs: 30 },
    ];
    expect(await world.due(30)).toEqual(two);
    expect(await world.due(30, 1)).toEqual(two.slice(0, 1));
    world.set('order:1', 'a', null);
    expect(await world.due(30)).toEqual(two.slice(1));
    expect(world.timers.nextMs).toBe(30);
  });

  it('that no state knows are dropped with their cell', async () => {
    const world = new World(10);
    world.set('order:1', 'a', 20);
    const [timer] = await world.due(20);
    expect(world.timers.drop(timer!)).toEqual({ hash: '~due:0', field: 'order:1\ta', value: null });
    expect(await world.due(20)).toEqual([]);
  });

  it('an hour that has none any more is forgotten', async () => {
    const world = new World(10);
    world.set('order:1', 'a', 20);
    world.restart();
    world.set('order:1', 'a', null);
    expect(await world.due(HOUR)).toEqual([]);
    expect(world.hashes.size).toBe(0);
  });

  it('property: whatever is set and lost from memory, with whatever bound, each is told once and in order', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constant('set'), fc.nat(8), fc.nat(3 * HOUR)) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('cancel'), fc.nat(8), fc.constant(0)) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('clock'), fc.constant(0), fc.nat(HOUR)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('restart'), fc.constant(0), fc.constant(0)) },
    );
    const run = async (max: number, steps: readonly (readonly [string, number, number])[]): Promise<void> => {
      const world = new World(max);
      let clock = 0;
      for (const [what, order, ms] of [...steps, ['clock', 0, 5 * HOUR] as const]) {
        if (what === 'set') world.set(`order:${order}`, 'retire', clock + 1 + ms);
        if (what === 'cancel') world.set(`order:${order}`, 'retire', null);
        if (what === 'restart') world.restart();
        if (what !== 'clock') continue;
        clock += ms;
        const told: string[] = [];
        const expected = [...world.states]
          .flatMap(([aggregate, { retire }]) =>
            retire !== undefined && retire <= clock ? [{ aggregate, retire }] : [],
          )
          .sort((a, b) => a.retire - b.retire || (a.aggregate < b.aggregate ? -1 : 1));
        for (let due = await world.due(clock, 2); due.length > 0; due = await world.due(clock, 2)) {
          for (const { aggregate, name, dueMs } of due) {
            told.push(`${aggregate} ${dueMs}`);
            world.set(aggregate, name, null);
          }
        }
        expect(told).toEqual(expected.map(({ aggregate, retire }) => `${aggregate} ${retire}`));
      }
      expect([...world.hashes.keys()].filter((hash) => hash !== DUE)).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), run), {
      numRuns: 300,
    });
  });
});

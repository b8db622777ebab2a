/** A hundred histories, every fault at every call of a small one, and that a seed is a history. `npm run test:long` has many more. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../src/adapters/files/rules-loader.js';
import { retailerRules } from '../support/rig.js';
import { FOCUSES } from './chance.js';
import { CHOICES, everyChoice, smallPlan } from './exhaustive.js';
import { BUSY } from './nemesis.js';
import { rulesOfSeed } from '../support/sources/intervening-rules.js';
import { shrink, withoutText } from './shrink.js';
import { type Outcome, simulate } from './simulation.js';
import { Totals } from './totals.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

const broken = ({ seed, violation }: Outcome): string => `${violation ?? ''}\nnpm run simulate -- --seed ${seed}`;

const HISTORIES = 60;
/** Of each number of shards: `npm run simulate -- --shards 2` has more. */
const SHARDED_HISTORIES = 10;
/** In which routes move: `npm run simulate -- --routes` has more. */
const ROUTED_HISTORIES = 20;
const ROUTED_SHARDED_HISTORIES = 4;

describe('random histories', () => {
  it('keep every invariant, and every kind of fault is among them', async () => {
    const totals = new Totals();
    for (let seed = 1; seed <= HISTORIES; seed += 1)
      totals.add(await simulate({ seed, rules: rulesOfSeed(rules, seed) }));
    // A replica is rarely behind when its master goes: not among so few.
    totals.add(await simulate({ seed: 1, rules: rulesOfSeed(rules, 1), blow: 'redis failover' }));
    expect(totals.violations.map(broken)).toEqual([]);
    expect(totals.eventsChecked).toBeGreaterThan(4 * HISTORIES);
    const kinds = [
      ...['committed', 'aborted', 'uncertain'].map((end) => `Kafka transaction ${end}`),
      ...['failover with a lost tail', 'flushed', 'full'].map((blow) => `Redis ${blow}`),
      ...['refused', 'request lost', 'answer lost', 'late effect', 'killed before', 'killed after'].map(
        (f) => `fault: ${f}`,
      ),
      ...['stopped before', 'stopped after'].map((fault) => `fault: ${fault}`),
      ...['rebalance', 'clock jump', 'broker stopped', 'leader moved', 'coordinator moved', 'redeploy'].map(
        (b) => `nemesis: ${b}`,
      ),
      ...['failed: MARKER_MOVED', 'failed: REDIS_UNAVAILABLE', 'failed: KAFKA_UNAVAILABLE'],
      ...['forget applied', 'forget refused', 'orders forgotten', 'timers decided', 'decided by rules that are kept'],
      ...['fetch cut short', 'fetch refused', 'fetch answered by a former leader'],
    ];
    expect(kinds.filter((kind) => totals.count(kind) === 0)).toEqual([]);
  }, 300_000);

  it.each([2, 3])('keep every invariant with %i shards, of each and of all of them', async (shards) => {
    const totals = new Totals();
    for (let seed = 1; seed <= SHARDED_HISTORIES; seed += 1)
      totals.add(await simulate({ seed, shards, rules: rulesOfSeed(rules, seed) }));
    expect(totals.violations.map(broken)).toEqual([]);
    expect(totals.eventsChecked).toBeGreaterThan(3 * SHARDED_HISTORIES);
  });

  it('in which routes move keep every invariant, and all that moves them is among them', async () => {
    const totals = new Totals();
    const lived = async (count: number, shards: number): Promise<void> => {
      for (let seed = 1; seed <= count; seed += 1)
        totals.add(await simulate({ seed, shards, rules: rulesOfSeed(rules, seed), isRouted: true }));
    };
    await lived(ROUTED_HISTORIES, 1);
    await lived(ROUTED_SHARDED_HISTORIES, 2);
    expect(totals.violations.map((one) => `${broken(one)} --routes`)).toEqual([]);
    const kinds = [
      ...['moved to service', 'moved to legacy', 'asked of its service'].map((what) => `route ${what}`),
      ...['dies', 'hands back', 'is fenced', 'is restored', 'publishes'].map((what) => `service ${what}`),
      ...['connector dies', 'events told', 'owed events published', 'route.take-over applied'],
    ];
    expect(kinds.filter((kind) => totals.count(kind) === 0)).toEqual([]);
  }, 300_000);

  it.each([272, 295, 5152, 5735, 106541])('that broke an invariant once keep it: seed %i', async (seed) => {
    expect((await simulate({ seed, rules })).violation).toBeNull();
  });

  it.each([10, 1148])('in which something is expected that broke an invariant once keep it: seed %i', async (seed) => {
    expect((await simulate({ seed, rules, isAwaiting: true })).violation).toBeNull();
  });

  it.each([49])('with interventions that broke an invariant once keep it: seed %i', async (seed) => {
    expect((await simulate({ seed, rules: rulesOfSeed(rules, seed) })).violation).toBeNull();
  });

  it.each([50159, 50239, 50479])('in which routes move that broke an invariant once keep it: seed %i', async (seed) => {
    expect((await simulate({ seed, rules: rulesOfSeed(rules, seed), isRouted: true })).violation).toBeNull();
  });

  it.each([1, 21])(
    'with writes to Redis that come late, long after others, keep every invariant: seed %i',
    async (seed) => {
      const { violation, counts } = await simulate({ seed, rules, blow: 'redis write held up' });
      expect(violation).toBeNull();
      expect([...counts.keys()].filter((what) => what.startsWith('fault: held up'))).not.toEqual([]);
    },
  );

  it('have calls of every name at which faults and blows are to come', async () => {
    const names = new Set<string>();
    const usual = { requestMs: 1, answerMs: 1, breakMs: null, end: null, fault: null };
    await simulate({ seed: 1, rules, fates: ({ name }) => (names.add(name), usual) });
    const isNamed = (part: string): boolean => [...names].some((name) => name.includes(part));
    expect(FOCUSES.filter((focus) => focus !== null && !isNamed(focus))).toEqual([]);
    expect([...BUSY].filter((name) => !names.has(name))).toEqual([]);
  });

  it('are the same again for the same seed, step by step', async () => {
    for (const seed of [3, 4, 5]) {
      const [one, two] = [await simulate({ seed, rules, trace: true }), await simulate({ seed, rules, trace: true })];
      expect(two.trace).toEqual(one.trace);
      expect(two.digest).toBe(one.digest);
    }
  });
});

describe('a small history', () => {
  it('keeps every invariant whatever befalls any one of its calls, half of it at each', async () => {
    const totals = new Totals();
    const wrong: string[] = [];
    for await (const outcome of everyChoice({ plan: smallPlan(2), rules }, false, 0, 2)) {
      totals.add(outcome);
      if (outcome.violation !== null) wrong.push(`${JSON.stringify(outcome.choices)}: ${outcome.violation}`);
    }
    expect(wrong).toEqual([]);
    expect(totals.eventsChecked).toBe(2 * totals.histories);
    for (const name of Object.keys(CHOICES)) expect(totals.count(`fault: ${name}`), name).toBeGreaterThan(15);
  }, 300_000);
});

describe('a history that breaks an invariant', () => {
  it('is made shorter, and the command to replay it says what is left out', async () => {
    const needed = new Set([2, 5]);
    const trace = [1, 2, 3, 4, 5].map((n) => ({ atMs: n, process: 'p', what: `redis.save: answer lost #${n}` }));
    const seed1 = await simulate({ seed: 1, rules });
    const { without } = await shrink({ seed: 1, rules, trace: true }, ({ without: left }) => {
      const isBroken = ![...needed].some((n) => left?.faults.has(n)) && (left?.stepsMax ?? 100) >= 3;
      const kept = trace.filter(({ what }) => !left?.faults.has(Number(what.split('#')[1])));
      return Promise.resolve({ ...seed1, violation: isBroken ? 'G3: lost' : null, trace: kept });
    });
    expect(withoutText(without)).toBe(' --steps 3 --without-faults 4,3,1');
  });
});

/** The scheduler itself: same seed, same steps; order on a connection; what killing, stopping and lost answers do. */
import { describe, expect, it } from 'vitest';
import { chanceFates, weather } from './chance.js';
import type { CallOptions } from './process.js';
import { type Fate, type Fates, World } from './world.js';

const PLAIN: Fate = { requestMs: 1, answerMs: 1, breakMs: null, end: null, fault: null };
const options: CallOptions = { timeoutMs: 1_000, failure: (why) => new Error(why) };
const fated =
  (...fates: readonly Partial<Fate>[]): Fates =>
  () => ({ ...PLAIN, ...(fates as Partial<Fate>[]).shift() });

async function outcome(fates: Fates, ms = 10_000): Promise<{ log: string[]; world: World }> {
  const world = new World({ seed: 1, fates });
  const log: string[] = [];
  const process = world.process('p');
  process.start(() => {
    for (const name of ['a', 'b'])
      process
        .call(name, () => log.push(`${name} at ${Math.round(world.nowMs)}`), { ...options, connection: 'c' })
        .then(
          () => log.push(`${name} answered`),
          (error: unknown) => log.push(`${name} ${(error as Error).message}`),
        );
  });
  await world.run(() => false, ms);
  return { log, world };
}

describe('a call', () => {
  it('takes effect, then is answered, in the order of its connection', async () => {
    expect((await outcome(fated({ requestMs: 5 }, { requestMs: 1 }))).log).toEqual([
      ...['a at 5', 'b at 5', 'a answered', 'b answered'],
    ]);
  });

  it('whose answer is lost times out, with its effect', async () => {
    expect((await outcome(fated({ answerMs: null }))).log).toEqual(['a at 1', 'b at 1', 'b answered', 'a timeout']);
  });

  it('on a connection that breaks fails with all that wait there, and may take effect later', async () => {
    expect((await outcome(fated({ requestMs: 50, breakMs: 3 }))).log).toEqual([
      ...['a closed', 'b closed', 'a at 50', 'b at 50'],
    ]);
  });

  it('of a process that is killed is never answered, but takes effect', async () => {
    const { log } = await outcome(fated({ end: { kind: 'kill', afterMs: 0, forMs: 0 } }));
    expect(log).toEqual(['a at 1', 'b at 1']);
  });

  it('of a process that is stopped is answered when it goes on', async () => {
    const { log, world } = await outcome(fated({ end: { kind: 'stop', afterMs: 0, forMs: 500 } }));
    expect(log).toEqual(['a at 1', 'b at 1', 'a answered', 'b answered']);
    expect(world.nowMs).toBeGreaterThanOrEqual(500);
  });
});

describe('time', () => {
  it('belongs to the process that runs, also what timers set', async () => {
    const world = new World({ seed: 1, fates: fated() });
    const seen: number[] = [];
    const [late, dead] = [world.process('late'), world.process('dead')];
    late.clockSkewMs = 60_000;
    const before = Date.now;
    for (const each of [late, dead])
      each.start(() => {
        setTimeout(() => seen.push(Date.now() - 1_795_254_800_000, performance.now()), 100);
      });
    world.after(50, () => dead.kill());
    await world.run(() => false, 1_000);
    expect(seen).toEqual([60_100, 100]);
    expect(Date.now).toBe(before);
  });
});

describe('a seed', () => {
  const steps = async (seed: number): Promise<readonly unknown[]> => {
    const random = new World({ seed, fates: fated() }).random;
    const fates = chanceFates(weather(random, { calmFromMs: 5_000, stopMs: 200 }), () => false);
    const world = new World({ seed, fates, trace: true });
    const process = world.process('p');
    process.start(() => {
      const again = async (left: number): Promise<void> => {
        await process.call(`call ${left}`, () => left, options).catch(() => undefined);
        if (left > 0) setTimeout(() => void again(left - 1), world.random() * 10);
      };
      void again(20);
      void again(20);
    });
    await world.run(() => false, 60_000);
    return [world.digest, world.steps, world.trace];
  };

  it('gives the same steps again, and another one others', async () => {
    for (const seed of [1, 2, 3]) expect(await steps(seed)).toEqual(await steps(seed));
    expect(await steps(1)).not.toEqual(await steps(2));
  });
});

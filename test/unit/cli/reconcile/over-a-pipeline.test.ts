/** A check over a pipeline in memory, by its commands log and its store: what it finds is there, whatever ends, and however often it runs. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { registerNow, registerOver } from '../../../../src/cli/operator/reading/register.js';
import { progressText } from '../../../../src/cli/reconcile/running.js';
import { shardsOf, taskName } from '../../../../src/domain/shard.js';
import type { RunPorts } from '../../../../src/reconcile/ports.js';
import { runCheck } from '../../../../src/reconcile/run.js';
import { MadeCheck, options, type Wrong } from '../../../support/reconciliation/made-check.js';
import { after, reportOf } from '../../../support/reconciliation/reports.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const records = readRecording('postgres/02-interleaved');
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

waitsTakeNoTime();

class World {
  readonly shards: readonly Rig[];
  nowMs = Date.parse(after(0));
  sent = 0;
  /** The process that checks ends at this report. */
  endsAt = Infinity;
  #ids = 0;

  constructor(count: number) {
    this.shards = count === 1 ? [new Rig(records, { rules })] : Rig.shards(records, { rules, shards: count });
  }

  async live(): Promise<void> {
    for (const shard of this.shards) await shard.live();
  }

  get stores() {
    const shards = shardsOf(this.shards.length);
    return this.shards.map(({ store }, index) => {
      const shard = shards[index]!;
      return { shard, task: taskName('orders', shard), store };
    });
  }

  get ports(): RunPorts {
    return {
      register: registerOver(this.stores),
      send: (report) => {
        if (this.sent === this.endsAt) throw new Error('the process ends');
        this.sent += 1;
        const at = { by: 'ada', at: new Date(this.nowMs).toISOString() };
        this.shards[0]!.command({ ...reportOf({ run: report.run }, 0, 0), ...at, arguments: report });
        return Promise.resolve();
      },
      nowMs: () => this.nowMs,
      sleep: async (ms, signal) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (signal.aborted) return;
        this.nowMs += ms;
        await this.live();
      },
      newId: () => `0f8fad5b-d9cb-469f-a165-${String((this.#ids += 1)).padStart(12, '0')}`,
      observe: () => undefined,
    };
  }

  async standing(): Promise<Record<string, string>> {
    const { discrepancies } = await registerNow(this.stores);
    return Object.fromEntries(discrepancies.map(({ businessKey, state }) => [businessKey, state.is] as const));
  }
}

const wrongAt = (...numbers: number[]): Map<number, Wrong> => new Map(numbers.map((number) => [number, 'missing']));

describe.each([1, 2])('over %d shards', (count) => {
  it('what is wrong is found once, and settled when it is right, by as many runs as there are', async () => {
    const world = new World(count);
    await world.live();
    const wrong = wrongAt(3, 150, 299);
    const first = await runCheck(new MadeCheck({ size: 300, wrong }), options(), world.ports);
    expect(first).toMatchObject({ ended: 'done', found: 3, isTaken: true });
    world.nowMs += 1_000;
    const second = await runCheck(new MadeCheck({ size: 300, wrong }), options(), world.ports);
    expect(second).toMatchObject({ found: 3, gone: 0 });
    expect(await world.standing()).toEqual({ '3': 'open', '150': 'open', '299': 'open' });
    world.nowMs += 1_000;
    wrong.delete(150);
    const third = await runCheck(new MadeCheck({ size: 300, wrong }), options(), world.ports);
    expect(third).toMatchObject({ found: 2, gone: 1 });
    expect(await world.standing()).toEqual({ '3': 'open', '150': 'closed', '299': 'open' });
    const { runs } = await registerNow(world.stores);
    expect(runs).toMatchObject([{ run: third.run, found: 2, closed: 1, progress: { ended: 'done' } }]);
  });

  it('a process that ends at any of its reports is followed by one that comes to the same', async () => {
    const wrong = wrongAt(3, 150, 299);
    const counted = new World(count);
    await counted.live();
    await runCheck(new MadeCheck({ size: 300, wrong }), options(), counted.ports);
    expect(counted.sent).toBeGreaterThan(2);
    for (let at = 0; at < counted.sent; at += 1) {
      const world = new World(count);
      await world.live();
      world.endsAt = at;
      await expect(runCheck(new MadeCheck({ size: 300, wrong }), options(), world.ports)).rejects.toThrow('ends');
      world.endsAt = Infinity;
      await world.live();
      world.nowMs += 60_000;
      const result = await runCheck(new MadeCheck({ size: 300, wrong }), options(), world.ports);
      expect(result, `report ${at}`).toMatchObject({ ended: 'done', done: 300, isTaken: true });
      expect(await world.standing(), `report ${at}`).toEqual({ '3': 'open', '150': 'open', '299': 'open' });
    }
  });
});

it('progress is one line', () => {
  const told = { check: 'source', run: 'r', done: 120_000, of: 5_000_000, ratePerSecond: 9_800.4, found: 3 };
  expect(progressText({ ...told, secondsLeft: 498 })).toBe(
    'source: 120000 of 5000000 (2 %), 9800 a second, 9 min left, 3 found',
  );
  expect(progressText({ ...told, of: null, secondsLeft: null })).toBe('source: 120000, 9800 a second, 3 found');
});

/** A run of a check: looks twice, reports what stays wrong, goes on where it was broken off, and is alone. */
import { describe, expect, it } from 'vitest';
import { RUN_ALIVE_MS } from '../../../src/domain/reconciliation/check-run.js';
import type { DragomanError } from '../../../src/errors.js';
import { ANSWER_MS } from '../../../src/reconcile/reporter.js';
import { CANDIDATES_MAX, REPORT_EVERY_MS, runCheck } from '../../../src/reconcile/run.js';
import { MadeCheck, MadePipeline, options, type Wrong } from '../../support/reconciliation/made-check.js';

const wrongAt = (...numbers: number[]): Map<number, Wrong> => new Map(numbers.map((number) => [number, 'missing']));
const keys = (numbers: Iterable<number>, is: string): Record<string, string> =>
  Object.fromEntries([...numbers].map((number) => [String(number), is]));

describe('a run', () => {
  it('looks at everything once, reports what is wrong twice, and ends', async () => {
    const wrong = wrongAt(7, 250, 999);
    const check = new MadeCheck({ size: 1_000, wrong });
    const pipeline = new MadePipeline();
    const result = await runCheck(check, options(), pipeline.ports);
    expect(result).toMatchObject({
      ended: 'done',
      done: 1_000,
      found: 3,
      gone: 0,
      isTaken: true,
      counts: { parked: 10 },
    });
    expect(check.looked).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    expect(pipeline.standing()).toEqual(keys(wrong.keys(), 'open'));
    const [run] = pipeline.checks.all();
    expect(run).toMatchObject({ run: result.run, found: 3, progress: { ended: 'done', done: 1_000, of: 1_000 } });
    expect(pipeline.outcomes.map((each) => each?.result)).toEqual(pipeline.outcomes.map(() => 'applied'));
  });

  it('does not report what is settled, or changes, by the second look', async () => {
    const wrong = wrongAt(1, 2, 3);
    const check = new MadeCheck({ size: 100, wrong });
    check.beforeAgain = () => {
      wrong.delete(1);
      check.change(2);
    };
    const pipeline = new MadePipeline();
    const result = await runCheck(check, options(), pipeline.ports);
    expect(pipeline.standing()).toEqual({ '3': 'open' });
    expect(result.counts).toEqual({ parked: 1, inFlight: 1 });
  });

  it('settles what an earlier run found and is right now, and keeps what is not', async () => {
    const wrong = wrongAt(1, 2);
    const pipeline = new MadePipeline();
    await runCheck(new MadeCheck({ size: 100, wrong }), options(), pipeline.ports);
    pipeline.nowMs += 1_000;
    wrong.delete(1);
    const second = await runCheck(new MadeCheck({ size: 100, wrong }), options(), pipeline.ports);
    expect(second).toMatchObject({ found: 1, gone: 1 });
    expect(pipeline.standing()).toEqual({ '1': 'closed', '2': 'open' });
    const third = await runCheck(new MadeCheck({ size: 100, wrong: wrongAt(2) }), options(), pipeline.ports);
    expect(third).toMatchObject({ found: 1, gone: 0 });
  });

  it('does not settle what it cannot look at', async () => {
    const pipeline = new MadePipeline();
    await runCheck(new MadeCheck({ size: 100, wrong: wrongAt(1) }), options(), pipeline.ports);
    pipeline.nowMs += 1_000;
    const blind = new MadeCheck({ size: 100, wrong: new Map() });
    blind.again = (refs) => Promise.resolve(refs.map(() => 'unknown'));
    expect(await runCheck(blind, options(), pipeline.ports)).toMatchObject({ gone: 0 });
    expect(pipeline.standing()).toEqual({ '1': 'open' });
  });

  it('finds very many in reports of bounded size, and looks at them in parts', async () => {
    const wrong = wrongAt(...Array.from({ length: 2_345 }, (_, i) => i));
    const check = new MadeCheck({ size: 3_000, wrong });
    const sizes: number[] = [];
    const again = check.again.bind(check);
    check.again = (refs) => {
      sizes.push(refs.length);
      return again(refs);
    };
    const pipeline = new MadePipeline();
    expect(await runCheck(check, options(), pipeline.ports)).toMatchObject({ found: 2_345, isTaken: true });
    expect(Object.keys(pipeline.standing())).toHaveLength(2_345);
    expect(Math.max(...sizes)).toBe(CANDIDATES_MAX);
    expect(pipeline.reports.length).toBeGreaterThan(23);
  });
});

describe('a run that is broken off', () => {
  const wrong = wrongAt(50, 450, 850);

  it('goes on behind what was looked at for good, once it is dead, and finds the same', async () => {
    const pipeline = new MadePipeline();
    const first = new MadeCheck({ size: 1_000, wrong });
    first.beforeChunk = (at) => {
      pipeline.nowMs += REPORT_EVERY_MS;
      if (at === 600) throw new Error('the process ends');
    };
    const unsent = { ...pipeline.ports, send: pipeline.ports.send };
    await expect(runCheck(first, options(), unsent)).rejects.toThrow('the process ends');
    pipeline.take();
    const [failed] = pipeline.checks.all();
    expect(failed?.progress).toMatchObject({ ended: 'failed', text: 'Error: the process ends' });
    const second = new MadeCheck({ size: 1_000, wrong });
    const result = await runCheck(second, options(), pipeline.ports);
    expect(second.looked[0]).toBe(Number(failed?.progress.position));
    expect(result).toMatchObject({ ended: 'done', done: 1_000 });
    expect(pipeline.standing()).toEqual(keys(wrong.keys(), 'open'));
    const [run] = pipeline.checks.all();
    expect(run?.progress.startedAt).toBe(failed?.progress.startedAt);
  });

  it('is not gone on with where another one is to begin anew', async () => {
    const pipeline = new MadePipeline();
    const stop = new AbortController();
    const first = new MadeCheck({ size: 1_000, wrong });
    first.beforeChunk = (at) => {
      if (at === 300) stop.abort();
    };
    expect(await runCheck(first, options({ signal: stop.signal }), pipeline.ports)).toMatchObject({ ended: 'stopped' });
    const second = new MadeCheck({ size: 1_000, wrong });
    expect(await runCheck(second, options({ begin: 'restart' }), pipeline.ports)).toMatchObject({ done: 1_000 });
    expect(second.looked[0]).toBe(0);
  });

  it('because it was told to stop, keeps its place before what waited for a second look', async () => {
    const pipeline = new MadePipeline();
    const stop = new AbortController();
    const first = new MadeCheck({ size: 1_000, wrong });
    first.beforeChunk = (at) => {
      if (at === 500) stop.abort();
    };
    await runCheck(first, options({ signal: stop.signal }), pipeline.ports);
    const second = new MadeCheck({ size: 1_000, wrong });
    await runCheck(second, options(), pipeline.ports);
    expect(second.looked[0]).toBe(0);
    expect(pipeline.standing()).toEqual(keys(wrong.keys(), 'open'));
  });

  it('is dead after a minute in which it said nothing, and cannot report when it wakes up after that', async () => {
    const pipeline = new MadePipeline();
    const slept = new MadeCheck({ size: 1_000, wrong });
    let taken: Promise<unknown> = Promise.resolve();
    slept.beforeChunk = (at) => {
      if (at !== 500) return;
      pipeline.take();
      pipeline.nowMs += RUN_ALIVE_MS;
      taken = runCheck(new MadeCheck({ size: 1_000, wrong }), options(), pipeline.ports);
    };
    const asleep = runCheck(slept, options(), pipeline.ports);
    const error = await asleep.catch((thrown: unknown) => thrown);
    await taken;
    expect(error).toMatchObject({ code: 'COMMAND_REFUSED' });
    expect((error as DragomanError).message).toContain('CHECK_OVER');
    expect(pipeline.checks.all()).toMatchObject([{ progress: { ended: 'done' } }]);
    expect(pipeline.standing()).toEqual(keys(wrong.keys(), 'open'));
  });
});

describe('a run is refused', () => {
  it('while another one of its check lives', async () => {
    const pipeline = new MadePipeline();
    const first = new MadeCheck({ size: 200, wrong: new Map() });
    let second: unknown;
    first.beforeChunk = (at) => {
      if (at === 0)
        second = runCheck(new MadeCheck({ size: 1, wrong: new Map() }), options(), pipeline.ports).catch(
          (error: unknown) => error,
        );
    };
    await runCheck(first, options(), pipeline.ports);
    expect(await second).toMatchObject({ code: 'COMMAND_REFUSED' });
    expect(((await second) as DragomanError).message).toContain('CHECK_RUNS');
  });

  it('when two begin at once: one of them', async () => {
    const pipeline = new MadePipeline();
    const both = [0, 1].map(() => runCheck(new MadeCheck({ size: 900, wrong: wrongAt(3) }), options(), pipeline.ports));
    const ends = await Promise.allSettled(both);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(pipeline.standing()).toEqual({ '3': 'open' });
  });

  it('when two begin at once, also where the other one has ended before this one asks', async () => {
    const pipeline = new MadePipeline();
    const { register } = pipeline.ports;
    const late = async (check: string) => {
      const known = await register.run(check);
      return known?.progress.ended === undefined ? null : known;
    };
    const all = [register, { ...register, run: late }].map((asked) =>
      runCheck(new MadeCheck({ size: 10, wrong: wrongAt(3) }), options(), { ...pipeline.ports, register: asked }),
    );
    expect(await Promise.allSettled(all)).toMatchObject([
      { status: 'fulfilled', value: { ended: 'done', isTaken: true } },
      {
        status: 'rejected',
        reason: { code: 'COMMAND_REFUSED', message: expect.stringContaining('CHECK_RUNS') as string },
      },
    ]);
  });

  it('when the pipeline does not answer', async () => {
    const pipeline = new MadePipeline();
    pipeline.isStanding = true;
    const begunMs = pipeline.nowMs;
    const run = runCheck(new MadeCheck({ size: 1, wrong: new Map() }), options(), pipeline.ports);
    await expect(run).rejects.toMatchObject({ code: 'COMMAND_UNANSWERED' });
    expect(pipeline.nowMs - begunMs).toBeLessThan(ANSWER_MS + 1_000);
  });
});

describe('while it runs', () => {
  it('it says that it lives, also when a look takes long', async () => {
    const pipeline = new MadePipeline();
    const check = new MadeCheck({ size: 100, wrong: wrongAt(1) });
    const again = check.again.bind(check);
    check.again = async (refs) => {
      const untilMs = pipeline.nowMs + 5 * RUN_ALIVE_MS;
      while (pipeline.nowMs < untilMs) await new Promise((resolve) => setImmediate(resolve));
      return again(refs);
    };
    await runCheck(check, options(), pipeline.ports);
    expect(pipeline.reports.length).toBeGreaterThan((5 * RUN_ALIVE_MS) / REPORT_EVERY_MS - 2);
    expect(pipeline.standing()).toEqual({ '1': 'open' });
  });

  it('it keeps its rate, and tells how long it will take', async () => {
    const pipeline = new MadePipeline();
    const begunMs = pipeline.nowMs;
    await runCheck(new MadeCheck({ size: 10_000, wrong: new Map() }), options({ rate: 500 }), pipeline.ports);
    const seconds = (pipeline.nowMs - begunMs) / 1_000;
    expect(seconds).toBeGreaterThan(19);
    expect(seconds).toBeLessThan(22);
    const half = pipeline.told.find(({ done }) => done === 5_000);
    expect(half?.secondsLeft).toBeGreaterThan(9);
    expect(half?.secondsLeft).toBeLessThan(11);
    expect(pipeline.told.at(-1)).toMatchObject({ done: 10_000, of: 10_000, secondsLeft: 0 });
  });

  it('it leaves a share of the time to others', async () => {
    const pipeline = new MadePipeline();
    const check = new MadeCheck({ size: 1_000, wrong: new Map() });
    check.beforeChunk = () => (pipeline.nowMs += 100);
    const begunMs = pipeline.nowMs;
    await runCheck(check, options({ share: 0.25 }), pipeline.ports);
    const ms = pipeline.nowMs - begunMs;
    expect(ms).toBeGreaterThan(3_900);
    expect(ms).toBeLessThan(4_600);
  });
});

/**
 * Discrepancies on real Kafka and Redis: a check reports while the pipeline runs; what it found is listed, accepted and revoked by the command line, a
 * second run finds the same, and what settled by itself, and all of it is there again when Redis is lost.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runPorts } from '../../src/cli/reconcile/deployment.js';
import { registerNow } from '../../src/cli/operator/reading/register.js';
import { deploymentOf } from '../../src/cli/reconcile/running.js';
import type { RegisterRead } from '../../src/pipeline/discrepancies/reading.js';
import type { RunResult } from '../../src/reconcile/ports.js';
import { runCheck } from '../../src/reconcile/run.js';
import { dragomanCommand } from '../dragoman/command.js';
import { MadeCheck, options, type Wrong } from '../support/reconciliation/made-check.js';
import { jsonIn } from '../support/servers/kept-orders.js';
import { OwnPipeline } from '../support/servers/own-pipeline.js';
import { layRetailerRules } from '../support/servers/retailer-rules.js';

let own: OwnPipeline;
let config: string;
const wrong = new Map<number, Wrong>(Array.from({ length: 230 }, (_, i) => [i * 3, 'missing']));

beforeAll(async () => {
  own = await OwnPipeline.open('discrepancies', inject('stack'), layRetailerRules());
  config = await own.config([own.recorded]);
  await dragomanCommand(['topics', '--sources', '-c', config]);
});
afterAll(() => own.close());

async function reconciled(): Promise<RunResult> {
  const deployment = await deploymentOf({ config });
  try {
    const ports = runPorts(deployment, { reason: 'the test', by: 'ada' }, () => undefined);
    return await runCheck(new MadeCheck({ size: 1_000, wrong }), options(), ports);
  } finally {
    await deployment.close();
  }
}

interface Listed {
  readonly count: number;
  readonly discrepancies: readonly { readonly id: string; readonly businessKey: string; readonly state: object }[];
  readonly runs: readonly { readonly run: string; readonly found: number; readonly progress: object }[];
}

async function listed(state: string): Promise<Listed> {
  const { output } = await dragomanCommand([
    'discrepancies',
    'list',
    '--state',
    state,
    '--max',
    '3',
    '--json',
    '-c',
    config,
  ]);
  const read = jsonIn(output);
  expect(read['schema']).toBe('dragoman.cli/discrepancies@1');
  return read as unknown as Listed;
}

/** All of them, without the command line: what it says is bounded. */
async function kept(): Promise<RegisterRead> {
  const deployment = await deploymentOf({ config });
  try {
    return await registerNow(deployment.shards);
  } finally {
    await deployment.close();
  }
}

describe('a check', () => {
  it('is taken by the pipeline while that runs, and two at once are one', async () => {
    await own.running(config, async () => {
      const both = await Promise.allSettled([reconciled(), reconciled()]);
      const done = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect(done).toMatchObject([{ ended: 'done', done: 1_000, found: wrong.size, isTaken: true }]);
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'COMMAND_REFUSED' } });
      const { count, runs } = await listed('open');
      expect([count, runs.map(({ run, found }) => [run, found])]).toEqual([wrong.size, [[done[0]!.run, wrong.size]]]);
      const keys = (await kept()).discrepancies.map(({ businessKey }) => Number(businessKey));
      expect(keys.sort((a, b) => a - b)).toEqual([...wrong.keys()]);
    });
  });

  it('finds the same again, and what has settled', async () => {
    wrong.delete(0);
    await own.running(config, async () => {
      expect(await reconciled()).toMatchObject({ found: wrong.size, gone: 1, isTaken: true });
    });
    expect((await listed('open')).count).toBe(wrong.size);
    expect((await listed('closed')).discrepancies.map(({ businessKey }) => businessKey)).toEqual(['0']);
  });

  it('is not taken by a pipeline that stands, and says so', async () => {
    const { runs } = await listed('open');
    const deployment = await deploymentOf({ config });
    const ports = runPorts(deployment, { reason: 'the test', by: 'ada' }, () => undefined);
    let nowMs = Date.now();
    const hurried = { ...ports, nowMs: () => (nowMs += 5_000) };
    const run = runCheck(new MadeCheck({ size: 1_000, wrong }), options(), hurried);
    await expect(run).rejects.toMatchObject({ code: 'COMMAND_UNANSWERED' });
    await deployment.close();
    expect((await listed('open')).runs).toEqual(runs);
  });
});

describe('an operator', () => {
  it('accepts one and revokes it, and sees both sides of it', async () => {
    const { id } = (await listed('open')).discrepancies[0]!;
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const why = ['--reason', 'as agreed', '--wait', '60', '-c', config];
    await own.running(config, async () => {
      await dragomanCommand(['repair', 'accept', id, '--until', until, ...why]);
      expect((await listed('accepted')).discrepancies).toMatchObject([{ id, state: { until, reason: 'as agreed' } }]);
      await dragomanCommand(['repair', 'revoke', '--check', 'source', '--class', 'missing', ...why]);
      expect((await listed('accepted')).count).toBe(0);
    });
    const { output } = await dragomanCommand(['discrepancies', 'show', id, '-c', config]);
    expect(output).toContain('theirs: {"sts_cd":"20"}');
    expect(output).toContain('about: source legacy, table oms.ord_hdr');
  });

  it('has all of it again when Redis is lost', async () => {
    const before = await kept();
    expect(before.discrepancies).toHaveLength(wrong.size + 1);
    await own.loseRedis();
    await own.running(config, async () => {
      const discrepancies = () =>
        kept().then(
          (now) => now.discrepancies,
          () => null,
        );
      await expect.poll(discrepancies, { timeout: 60_000, interval: 500 }).toEqual(before.discrepancies);
    });
  });
});

/** Reconciliation over real HTTP and a pipeline in memory: runs, discrepancies one by one, what is accepted, and checks that are run. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import type { CheckAskedBy } from '../../../src/cli/console/reconciliation/decide.js';
import { commandsSchema, decidedSchema } from '../../../src/console/answers/commands.js';
import { discrepancyOneSchema, reconciliationSchema } from '../../../src/console/answers/reconciliation.js';
import { DragomanError } from '../../../src/errors.js';
import { after, foundOf, reportOf } from '../../support/reconciliation/reports.js';
import { readRecording } from '../../support/recordings.js';
import { retailerRules, Rig } from '../../support/rig.js';
import { type MemberConsole, memberConsole } from '../../support/servers/member-console.js';

const records = readRecording('postgres/02-interleaved');
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});
let member: MemberConsole;
afterEach(() => member.close());

const RUN = { run: '0f8fad5b-d9cb-469f-a165-70867728950e' };
const HOSTILE = '<script>alert(1)</script>';
const NOW_MS = Date.parse(after(30));
const LOW = foundOf('1001', { severity: 'low', owner: HOSTILE });
const HIGH = foundOf('1002', {
  ...{ class: 'different', contract: 'OrderReady.v1' },
  evidence: { ours: JSON.stringify({ sts_cd: HOSTILE }), theirs: '{"sts_cd":"20"}', fields: ['sts_cd'] },
});
const MANY = Array.from({ length: 60 }, (_, i) => foundOf(`2${i}`, { severity: 'normal' }));

type Begun = readonly [pipeline: string, check: string, who: CheckAskedBy];

async function start(found = [LOW, HIGH]): Promise<Begun[]> {
  const rig = new Rig(records, { rules });
  rig.command(reportOf(RUN, 0, 0));
  rig.command(reportOf(RUN, 1, 20, { found, progress: { done: 100, of: 300, counts: { parked: 2 } } }));
  await rig.live();
  const begun: Begun[] = [];
  const checks = {
    names: () => ['source'],
    begin: (...asked: Begun) => {
      begun.push(asked);
      return begun.length === 1
        ? Promise.resolve(RUN.run)
        : Promise.reject(new DragomanError('COMMAND_REFUSED', 'CHECK_RUNS: one goes on'));
    },
  };
  member = await memberConsole({ rig, checks, roles: ['viewer', 'operator'], nowMs: () => NOW_MS });
  return begun;
}

type Role = 'viewer' | 'operator';
const call = (path: string, role: Role = 'viewer', body?: object): Promise<Response> =>
  fetch(`${member.url}${path}`, {
    headers: { authorization: `Bearer ${member.tokens[role]!}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
const answered = async (path: string): Promise<unknown> => {
  const reply = await call(`/api/v1${path}`);
  expect([path, reply.status]).toEqual([path, 200]);
  return reply.json();
};
const shown = async (query = '') => reconciliationSchema.parse(await answered(`/reconciliation${query}`));
const one = async (id: string) => discrepancyOneSchema.parse(await answered(`/reconciliation/one?id=${id}`));
const decide = (decision: object, role: Role = 'operator'): Promise<Response> =>
  call('/api/v1/commands', role, { pipeline: 'orders', reason: 'as agreed', ...decision });
const page = async (path: string, role: Role = 'viewer'): Promise<string> => {
  const reply = await call(path, role);
  expect([path, reply.status]).toEqual([path, 200]);
  return reply.text();
};

describe('reconciliation', () => {
  it('shows the run of each check with what is left of it, and what is open, the most important first', async () => {
    await start();
    const { runs, figures, discrepancies, total, checks } = await shown();
    expect(runs).toEqual([
      expect.objectContaining({
        ...{ check: 'source', ...RUN, by: 'ada', state: 'running', done: 100, of: 300, secondsLeft: 40 },
        ...{ found: 2, settled: 0, beyond: 0, counts: { parked: 2 }, lastDoneAt: null },
      }),
    ]);
    expect([total, checks, discrepancies.map(({ id }) => id)]).toEqual([2, ['source'], [HIGH.id, LOW.id]]);
    expect(figures).toEqual([
      { check: 'source', class: 'different', open: 1, accepted: 0, oldest: after(20) },
      { check: 'source', class: 'missing', open: 1, accepted: 0, oldest: after(20) },
    ]);
    expect((await shown('?class=missing')).discrepancies.map(({ id }) => id)).toEqual([LOW.id]);
    expect((await shown('?contract=OrderReady.v1&state=accepted')).total).toBe(0);
  });

  it('has many on several pages, and one beyond the last is the last', async () => {
    await start(MANY);
    const [first, last] = [await shown(), await shown('?page=9')];
    expect([first.pages, first.discrepancies.length, last.page, last.discrepancies.length]).toEqual([2, 50, 2, 10]);
    expect(await page('/reconciliation?page=2')).toContain('page 2 of 2');
  });

  it('shows one with both sides, and nothing that it says is obeyed', async () => {
    await start();
    expect(await one(HIGH.id)).toMatchObject({
      ...{ state: 'open', subject: HIGH.subject, fields: ['sts_cd'], theirs: '{"sts_cd":"20"}', until: null },
    });
    for (const { id } of [HIGH, LOW]) {
      const text = await page(`/reconciliation/one?id=${id}`);
      expect(text).not.toContain(HOSTILE);
      expect(text).toContain('&lt;script&gt;');
      expect(text).toContain('/why?pipeline=orders&amp;aggregate=order&amp;id=');
    }
  });

  it.each([
    [`/reconciliation/one?id=${RUN.run}`, 404],
    ['/reconciliation/one?id=1', 400],
    ['/reconciliation?state=gone', 400],
    ['/reconciliation?page=0', 400],
  ])('refuses %s', async (path, status) => {
    await start();
    expect((await call(`/api/v1${path}`)).status).toBe(status);
    expect((await call(path)).status).toBe(status);
  });

  it('has forms for operators alone', async () => {
    await start();
    const path = `/reconciliation/one?id=${HIGH.id}`;
    expect(await page(path, 'operator')).toContain('value="discrepancy.accept"');
    expect(await page(path)).not.toContain('<form method="post" action="/decide"');
    expect(await page('/reconciliation', 'operator')).toContain('value="check.run"');
    expect(await page('/reconciliation')).not.toContain('value="check.run"');
    expect((await decide({ kind: 'check.run', check: 'source' }, 'viewer')).status).toBe(403);
  });
});

describe('a decision', () => {
  const UNTIL = new Date(Date.now() + 86_400_000).toISOString();

  it('lets a discrepancy be for a while, and count again', async () => {
    await start();
    const accepted = await decide({ kind: 'discrepancy.accept', ids: [HIGH.id], until: UNTIL });
    expect(decidedSchema.parse(await accepted.json())).toMatchObject({ result: 'applied', text: '1 changed.' });
    expect(await one(HIGH.id)).toMatchObject({
      state: 'accepted',
      until: UNTIL,
      by: 'the-operator',
      reason: 'as agreed',
    });
    expect(await page(`/reconciliation/one?id=${HIGH.id}`, 'operator')).toContain('value="discrepancy.revoke"');
    await decide({ kind: 'discrepancy.revoke', check: 'source', class: 'different' });
    expect((await one(HIGH.id)).state).toBe('open');
  });

  it.each([
    ['of nothing that is there', { kind: 'discrepancy.accept', ids: [RUN.run], until: UNTIL }, 'DISCREPANCY_UNKNOWN'],
    ['of what is not accepted', { kind: 'discrepancy.revoke', ids: [HIGH.id] }, 'DISCREPANCY_UNKNOWN'],
    ['until it is over', { kind: 'discrepancy.accept', ids: [HIGH.id], until: after(1) }, 'DISCREPANCY_UNTIL_OVER'],
    ['of nothing', { kind: 'discrepancy.revoke' }, 'Say which'],
    ['of a check that there is not', { kind: 'check.run', check: 'published' }, 'There is no check published'],
  ])('is refused %s', async (_, decision, words) => {
    await start();
    const reply = await decide(decision);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(await reply.text()).toContain(words);
  });

  it('runs a check, or says why not', async () => {
    const begun = await start();
    const reply = await decide({ kind: 'check.run', check: 'source', restart: true });
    expect(decidedSchema.parse(await reply.json())).toMatchObject({ id: RUN.run, result: 'applied' });
    expect(begun).toEqual([['orders', 'source', { by: 'the-operator', reason: 'as agreed', isRestarted: true }]]);
    const again = await decide({ kind: 'check.run', check: 'source' });
    expect(again.status).toBe(409);
    expect(await again.text()).toContain('CHECK_RUNS');
  });

  it('stands among the decisions, and reports of checks do not', async () => {
    await start();
    await decide({ kind: 'discrepancy.accept', ids: [HIGH.id], until: UNTIL });
    const { commands, unreadable } = commandsSchema.parse(await answered('/commands'));
    expect([unreadable, commands.map(({ kind }) => kind)]).toEqual([0, ['discrepancy.accept']]);
  });
});

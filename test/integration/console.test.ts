/**
 * The console of a real process over real Kafka and Redis: a person logs in, looks at the flow, retries what is parked, asks why, and sees what waits, also after
 * Redis lost everything.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { heldUpSchema, type WaitingPage, waitingSchema } from '../../src/console/answers/waiting.js';
import { flowSchema } from '../../src/console/answers/flow.js';
import { findingsSchema, migrationSchema } from '../../src/console/answers/migration.js';
import { parkedSchema } from '../../src/console/answers/parked.js';
import { makeToken } from '../../src/server/tokens.js';
import { answerSchema } from '../../src/why/answer.js';
import { dragomanCommand } from '../dragoman/command.js';
import { DragomanProcess } from '../dragoman/process.js';
import { type LayRules, OwnPipeline } from '../support/servers/own-pipeline.js';
import { hdrRow, SMALL_SOURCE_MS, SmallSource } from '../support/sources/ready-orders.js';

const HOUR = 60 * 60_000;
/** Orders, by what becomes of them. */
const [LATE, READY, PARKED, OPEN] = ['1', '2', '3', '4'];

/** @param codes of the status that the rules know. */
const rulesWith =
  (codes: string): LayRules =>
  (folder, topic) =>
    writeFile(
      join(folder, 'index.ts'),
      `
import { aggregate, capability, contract, legacy, one, publish, ruleSet, table } from 'dragoman/rules';
import { z } from 'zod';
const hdr = table('oms.hdr', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.code({ ${codes} }), note: legacy.text().nullable() } });
const order = aggregate('order', { header: one(hdr, (row) => row.id) });
const ready = order.milestone('OrderReady', {
  importance: 'critical',
  when: { 'it is ready': ({ header }) => header?.sts === 'ready', 'it has a note': ({ header }) => header !== undefined && header.note !== null },
  data: () => ({}),
  expected: { within: '4 hours', after: 'first seen' },
});
const late = order.overdue('OrderLate', { importance: 'high', expected: ready, data: () => ({}) });
const of = { topic: '${topic}', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x', data: z.object({}), example: {} };
const orderReady = contract('OrderReady', 1, of);
const orderLate = contract('OrderLate', 1, of);
export default ruleSet({
  aggregates: [order], facts: [ready, late],
  publications: [publish(ready).as(orderReady, ({ data }) => data), publish(late).as(orderLate, ({ data }) => data)],
  capabilities: [capability('readiness', { contracts: [orderReady, orderLate] })],
});
`,
    );

const source = new SmallSource()
  .transaction(hdrRow(LATE, 'OPEN'))
  .transaction(hdrRow(READY, 'READY'))
  .transaction(hdrRow(PARKED, 'HOLD'))
  .later(4 * HOUR)
  .transaction(hdrRow(OPEN, 'OPEN', null));
/** One was ready, one was late. */
const EVENTS = 2;

const tokens = (['viewer', 'operator'] as const).map((role) => makeToken(role, `the-${role}`));
const [viewer, operator] = tokens.map(({ token }) => token) as [string, string];

let own: OwnPipeline;
/** Config files: until the code is known, and after it. */
let before: string;
let after: string;
let member: DragomanProcess | undefined;

beforeAll(async () => {
  own = await OwnPipeline.open('console', inject('stack'), rulesWith(`OPEN: 'open', READY: 'ready'`));
  await writeFile(own.path('tokens'), tokens.map(({ line }) => `${line}\n`).join(''));
  const http = { port: 0, tokensFile: own.path('tokens') };
  before = await own.config([own.recorded], { http });
  const known = await own.layRules('known', rulesWith(`OPEN: 'open', READY: 'ready', HOLD: 'on hold'`));
  after = await own.config([own.recorded], { http, rules: known });
  await dragomanCommand(['topics', '--sources', '-c', before]);
  await own.play(source.records);
});
afterAll(async () => {
  await member?.stop();
  await own.close();
});

const address = (path: string): string => `${member?.httpUrl ?? ''}${path}`;
const api = async (path: string): Promise<unknown> => {
  const reply = await fetch(address(`/api/v1${path}`), { headers: { authorization: `Bearer ${viewer}` } });
  expect([path, reply.status]).toEqual([path, 200]);
  return reply.json();
};

/** As a browser does. */
const post = (path: string, fields: Readonly<Record<string, string>>, cookie = ''): Promise<Response> =>
  fetch(address(path), {
    method: 'POST',
    headers: { cookie, origin: address(''), 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
async function logIn(token: string): Promise<string> {
  const reply = await post('/login', { token, to: '/' });
  expect([reply.status, reply.headers.get('location')]).toEqual([303, '/']);
  return reply.headers.get('set-cookie')?.split(';')[0] ?? '';
}
async function page(path: string, cookie: string): Promise<string> {
  const reply = await fetch(address(path), { headers: { cookie }, redirect: 'manual' });
  expect([path, reply.status]).toEqual([path, 200]);
  return reply.text();
}

it('orders are decided; one is parked by a code that the rules do not know before a member with others runs', async () => {
  await own.runUntil(before, EVENTS);
  member = new DragomanProcess({ configFile: after });
  await member.untilRunning();
});

describe('the console of a running member', () => {
  it('lets nobody in without a token, and shows the flow to who has one', async () => {
    const reply = await fetch(address('/'), { redirect: 'manual' });
    expect([reply.status, reply.headers.get('location')]).toEqual([303, '/login?to=%2F']);
    expect((await fetch(address('/api/v1/flow'))).status).toBe(401);
    expect(await page('/', await logIn(viewer))).toMatch(/status good">running<[^]*1 parked/);
    const { pipelines } = flowSchema.parse(await api('/flow'));
    expect(pipelines).toMatchObject([
      { pipeline: 'orders', tasks: [{ state: 'running' }], sources: [{ lagRecords: 0 }], problem: null },
    ]);
  });

  it('says why, from an order to its event and back', async () => {
    const cookie = await logIn(viewer);
    const answer = answerSchema.parse(await api(`/why?aggregate=order&id=${READY}`));
    const [event] = answer.facts.find(({ fact }) => fact === 'OrderReady')?.occurrences[0]?.events ?? [];
    expect(event?.offset).not.toBeNull();
    expect(await page(`/why?aggregate=order&id=${READY}`, cookie)).toContain(`<code>${event?.id ?? '?'}</code>`);
    const text = await page(`/why?aggregate=order&id=${event?.id ?? ''}`, cookie);
    expect(text).toContain(`${own.contract}/${event?.partition ?? '?'} offset ${event?.offset ?? '?'}`);
    expect(text).toContain(`id=${READY}">order ${READY}</a>`);
    const unknown = await fetch(address('/why/event?id=00000000-0000-5000-8000-000000000000'), { headers: { cookie } });
    expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringContaining('No event 00000000')]);
  });

  it('takes up what is parked, at the word of an operator alone', async () => {
    const { parked } = parkedSchema.parse(await api('/parked'));
    expect(parked).toMatchObject([{ aggregate: 'order', id: PARKED, code: 'CODE_UNKNOWN' }]);
    const fields = { kind: 'unpark', pipeline: 'orders', aggregate: 'order', id: PARKED, reason: 'the code is known' };
    expect((await post('/decide', fields, await logIn(viewer))).status).toBe(403);
    const cookie = await logIn(operator);
    expect(await page(`/parked/one?aggregate=order&id=${PARKED}`, cookie)).toContain('publishes nothing');
    const decided = await post('/decide', fields, cookie);
    expect(decided.status).toBe(303);
    expect(await page(decided.headers.get('location') ?? '', cookie)).toContain('<strong>Done.</strong>');
    expect(parkedSchema.parse(await api('/parked')).total).toBe(0);
    expect(await page('/commands', cookie)).toMatch(/the-operator[^]*the code is known[^]*applied/);
  });
});

describe('what waits', () => {
  const waiting = async (): Promise<WaitingPage['waiting']> => waitingSchema.parse(await api('/waiting')).waiting;
  const told = (all: WaitingPage['waiting']) => all.map(({ id, state }) => [id, state]);
  /** The one that was parked was late by the time that it was taken up. */
  const STANDS = [
    [LATE, 'overdue'],
    [PARKED, 'overdue'],
    [OPEN, 'behind'],
  ];

  it('is overdue by the time of the source; what only our clock says is not known yet', async () => {
    await expect.poll(async () => told(await waiting()), { timeout: 60_000, interval: 500 }).toEqual(STANDS);
    expect((await waiting()).map(({ conditions }) => conditions.map(({ name }) => name))).toEqual([
      ['it is ready'],
      ['it is ready'],
      ['it is ready', 'it has a note'],
    ]);
    expect(await page('/waiting', await logIn(viewer))).toMatch(/overdue by \d+ d[^]*not known yet/);
    const { facts } = heldUpSchema.parse(await api('/waiting/conditions'));
    expect(facts[0]?.conditions).toEqual([
      { name: 'it is ready', unmet: 3, unknown: 0, failed: 0 },
      { name: 'it has a note', unmet: 1, unknown: 0, failed: 0 },
    ]);
    expect(await page('/rules', await logIn(viewer))).toContain('What holds things up');
  });

  it('is the same after Redis lost everything', async () => {
    await own.loseRedis();
    await own.play(source.transaction(hdrRow('5', 'READY')).records.slice(-3));
    const events = async (): Promise<number> => (await own.published()).length;
    await expect.poll(events, { timeout: 60_000, interval: 200 }).toBe(EVENTS + 2);
    await expect.poll(async () => told(await waiting()), { timeout: 60_000, interval: 500 }).toEqual(STANDS);
  });
});

describe('who speaks for what', () => {
  it('is moved by an operator, from the plan that was shown', async () => {
    const at = new Date(SMALL_SOURCE_MS).toISOString();
    const cookie = await logIn(operator);
    const plan = await page(`/migration/one?capability=readiness&to=shadow&at=${at}`, cookie);
    expect(plan).toContain(`would move OrderReady.v1 from legacy to shadow (epoch 1) at ${at}`);
    const contracts = 'OrderReady.v1,OrderLate.v1';
    const move = { kind: 'route.move', contracts, epoch: '0', selector: '', to: 'shadow', at, reason: 'to compare' };
    expect((await post('/decide', move, await logIn(viewer))).status).toBe(403);
    const decided = await post('/decide', move, cookie);
    expect(await page(decided.headers.get('location') ?? '', cookie)).toContain('<strong>Done.</strong> moved.');
    const { capabilities } = migrationSchema.parse(await api('/migration'));
    expect(capabilities[0]?.routes).toMatchObject(
      ['OrderReady.v1', 'OrderLate.v1'].map((route) => ({
        ...{ route, stage: 'shadow', epoch: 1, at, by: 'the-operator', reason: 'to compare', next: null },
      })),
    );
    expect(await page('/migration', cookie)).toMatch(/OrderReady\.v1[^]*shadow[^]*to compare/);
  });

  it('has nothing found in contract topics where nobody else publishes, whatever else was put aside', async () => {
    const { findings, lookedAt } = findingsSchema.parse(await api('/migration/findings'));
    expect([findings, lookedAt > 0]).toEqual([[], true]);
  });
});

/** What is expected and has not happened, over real HTTP and a pipeline in memory: what is overdue, what nobody knows yet, and what is in time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../src/adapters/memory/store.js';
import { exportTo } from '../../../src/cli/state/export.js';
import { stateLines } from '../../../src/cli/state/file.js';
import { fill, placeIn } from '../../../src/cli/state/import.js';
import { type HeldUp, heldUpSchema, type WaitingPage, waitingSchema } from '../../../src/console/answers/waiting.js';
import { WHOLE } from '../../../src/domain/shard.js';
import { Rig } from '../../support/rig.js';
import { type MemberConsole, memberConsole, type MemberConsoleOptions } from '../../support/servers/member-console.js';
import { type Awaited, awaitedRules, HOUR, MINUTE } from '../../support/sources/awaited-orders.js';
import { hdrRow, SMALL_SOURCE_MS, SmallSource, type WrittenRow } from '../../support/sources/ready-orders.js';
import { dividedStores } from '../cli/state/stored-rig.js';

/** Time goes by with it, and nothing happens to an order. */
const tick: WrittenRow = { table: 'heartbeat', key: '1', op: 'u', row: { id: 1 } };

let member: MemberConsole;
afterEach(() => member.close());

async function started(
  source: SmallSource,
  options: Partial<MemberConsoleOptions> = {},
  rules: Awaited = {},
): Promise<Rig> {
  const rig = new Rig(source.records, { rules: awaitedRules(rules), nowMs: SMALL_SOURCE_MS + 10_000 * HOUR });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  member = await memberConsole({ rig, nowMs: () => SMALL_SOURCE_MS + 5 * HOUR, ...options });
  return rig;
}

/** The first is overdue by an hour; the second is due before now, and the source was read to before that; the third has time. */
const three = (): SmallSource =>
  new SmallSource()
    .transaction(hdrRow('1', 'OPEN'))
    .later(50 * MINUTE)
    .transaction(hdrRow('2', 'OPEN'))
    .later(190 * MINUTE)
    .transaction(hdrRow('3', 'OPEN'))
    .transaction(tick);

const asked = async (path: string): Promise<unknown> => {
  const reply = await fetch(`${member.url}/api/v1${path}`);
  expect([path, reply.status]).toEqual([path, 200]);
  return reply.json();
};
const waitingOf = async (query = ''): Promise<WaitingPage> => waitingSchema.parse(await asked(`/waiting${query}`));
const heldUp = async (): Promise<HeldUp> => heldUpSchema.parse(await asked('/waiting/conditions'));
const ids = ({ waiting }: WaitingPage): string[] => waiting.map(({ id }) => id);
const near = (iso: string | null, ms: number): void =>
  expect(Math.abs(Date.parse(iso ?? '') - SMALL_SOURCE_MS - ms)).toBeLessThan(10_000);

describe('what waits', () => {
  it('is overdue, not known yet, or in time; each with its time and what it waits for', async () => {
    await started(three());
    const { waiting, facts, clock, isAll, total } = await waitingOf();
    expect(facts).toEqual([
      { aggregate: 'order', fact: 'OrderReady', importance: 'critical', withinSeconds: 4 * 3_600, overdue: 1, behind: 1, awaited: 1 },
    ]); // prettier-ignore
    expect([isAll, total]).toEqual([true, 3]);
    near(clock, 4 * HOUR);
    expect(waiting).toMatchObject(
      [
        ['1', 'overdue'],
        ['2', 'behind'],
        ['3', 'awaited'],
      ].map(([id, state]) => ({
        ...{ aggregate: 'order', id, fact: 'OrderReady', state, isParked: false },
        conditions: [{ name: 'status is READY', holds: false }],
      })),
    );
    const [first, second] = waiting as [WaitingPage['waiting'][number], WaitingPage['waiting'][number]];
    near(first.since, 0);
    near(first.due, 4 * HOUR);
    expect(first.overdueSeconds).toBeGreaterThan(3_580);
    expect(first.overdueSeconds).toBeLessThan(3_601);
    near(second.due, 290 * MINUTE);
    expect(second.overdueSeconds).toBeNull();
  });

  it('is sorted and picked as asked', async () => {
    await started(three());
    expect(ids(await waitingOf('?order=last%20due'))).toEqual(['3', '2', '1']);
    expect(ids(await waitingOf('?order=key'))).toEqual(['1', '2', '3']);
    expect(ids(await waitingOf('?state=behind'))).toEqual(['2']);
    expect(ids(await waitingOf('?fact=OrderReady&aggregate=order'))).toEqual(['1', '2', '3']);
    expect(ids(await waitingOf('?fact=OrderNoted'))).toEqual([]);
    const byCondition = await waitingOf('?condition=status%20is%20READY&state=overdue');
    expect([ids(byCondition), byCondition.lookedAt, byCondition.total]).toEqual([['1'], 1, 1]);
    expect(await waitingOf('?condition=it%20is%20paid')).toMatchObject({ total: 0, lookedAt: 3 });
  });

  it('is told of by the conditions that hold it up', async () => {
    await started(three());
    expect((await heldUp()).facts).toEqual([
      {
        ...{ aggregate: 'order', fact: 'OrderReady', waiting: 3, lookedAt: 3 },
        conditions: [{ name: 'status is READY', unmet: 3, unknown: 0, failed: 0 }],
      },
    ]);
  });

  it('is gone when it has happened, and stays when it is parked', async () => {
    const spoiled = { ready: ({ header }: { header?: { sts: string } }) => {
      if (header?.sts === 'BAD') throw new TypeError('spoiled');
      return header?.sts === 'READY';
    } }; // prettier-ignore
    const source = three()
      .transaction({ ...hdrRow('1', 'READY'), op: 'u' })
      .transaction({ ...hdrRow('2', 'BAD'), op: 'u' });
    await started(source, {}, spoiled);
    expect((await waitingOf()).waiting).toMatchObject([
      { id: '2', isParked: true },
      { id: '3', isParked: false },
    ]);
  });

  it('is nothing where the rules expect nothing, and Kafka is not asked', async () => {
    const reads = { progress: () => Promise.reject(new TypeError('asked')) };
    await started(three(), { reads }, { isAwaited: false });
    expect(await waitingOf()).toMatchObject({ facts: [], total: 0, waiting: [], clock: null });
    expect((await heldUp()).facts).toEqual([]);
    expect(await (await fetch(`${member.url}/waiting`)).text()).toContain('The rules expect nothing within a time.');
  });
});

describe('the index of what waits', () => {
  it('is whole right after a take-over, and after everything in Redis was lost', async () => {
    const rig = await started(three());
    const before = (await waitingOf()).waiting;
    await rig.live();
    await member.close();
    member = await memberConsole({ rig, nowMs: () => SMALL_SOURCE_MS + 5 * HOUR });
    expect((await waitingOf()).waiting).toEqual(before);
    rig.store = new MemoryStore();
    await member.close();
    member = await memberConsole({ rig, nowMs: () => SMALL_SOURCE_MS + 5 * HOUR });
    const reply = await fetch(`${member.url}/api/v1/waiting`);
    expect([reply.status, await reply.text()]).toEqual([404, expect.stringContaining('Redis holds nothing')]);
    await rig.live();
    expect((await waitingOf()).waiting).toEqual(before);
  });

  it('is the same after an export and an import', async () => {
    const rig = await started(three());
    const before = (await waitingOf()).waiting;
    const folder = mkdtempSync(join(tmpdir(), 'dragoman-waiting-'));
    const path = join(folder, 'states.ndjson');
    const shards = [{ shard: WHOLE, task: 'orders', store: rig.store }];
    const { head } = await exportTo(path, { topic: { id: 'id-1' }, shards, namespace: 'shop', pipeline: 'orders' });
    const store = new MemoryStore();
    await fill(store, placeIn(head, 0), stateLines(path));
    rmSync(folder, { recursive: true });
    await member.close();
    member = await memberConsole({
      ...{ rig, nowMs: () => SMALL_SOURCE_MS + 5 * HOUR },
      shards: [{ shard: WHOLE, task: 'orders', store }],
    });
    expect((await waitingOf()).waiting).toEqual(before);
  });

  it('is that of all shards together', async () => {
    const rig = await started(three());
    const before = (await waitingOf()).waiting;
    await member.close();
    const shards = await dividedStores(rig, 3);
    member = await memberConsole({ rig, shards, nowMs: () => SMALL_SOURCE_MS + 5 * HOUR });
    expect((await waitingOf()).waiting.map(({ id, due }) => [id, due])).toEqual(before.map(({ id, due }) => [id, due]));
  });
});

describe('the page', () => {
  const page = async (path: string): Promise<string> => {
    const reply = await fetch(`${member.url}${path}`);
    expect([path, reply.status]).toEqual([path, 200]);
    return reply.text();
  };

  it('says what is overdue, and tells apart what nobody knows because Dragoman is behind', async () => {
    await started(three());
    const text = await page('/waiting');
    expect(text).toMatch(
      /<span class="status bad">overdue by 5\d min<\/span>|<span class="status bad">overdue by 1 h<\/span>/,
    );
    expect(text).toContain('Of 1 aggregate the time is over by the clock on the wall');
    expect(text).toContain('href="/why?pipeline=orders&amp;aggregate=order&amp;id=1"');
    expect(text).toContain('aria-sort="ascending"');
    expect(await page('/waiting?state=awaited')).not.toContain('overdue by');
    expect(await page('/waiting?state=overdue&fact=OrderNoted')).toContain('Nothing waits that matches');
  });

  it('of the rules says what holds things up, and leads there', async () => {
    await started(three());
    const text = await page('/rules');
    expect(text).toContain('What holds things up');
    const [, path] = /href="(\/waiting[^"]*condition=[^"]*)"/.exec(text)!;
    expect(await page(path!.replaceAll('&amp;', '&'))).toContain('not “status is READY”');
  });

  it('of the rules stands without what cannot be known now', async () => {
    await started(three(), { shards: [{ shard: WHOLE, task: 'orders', store: new MemoryStore() }] });
    expect(await page('/rules')).toContain('What waits is not known: Redis holds nothing');
  });
});

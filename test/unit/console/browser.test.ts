/**
 * The console in a real Chromium, over a pipeline in memory: what a person sees and does, with script and without. With
 * DRAGOMAN_SCREENSHOTS=1 the pictures of docs/console.md are made anew; their numbers and times are always the same.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import type { Rig } from '../../support/rig.js';
import { lookAt, type Looking, openBrowser, pictures } from '../../support/servers/browser.js';
import { type MemberConsole, memberConsole } from '../../support/servers/member-console.js';
import { foundOf, reportOf } from '../../support/reconciliation/reports.js';
import { knowing77, poisonedOrders } from '../../support/servers/poisoned-orders.js';

const HOSTILE = '<script>document.title="taken"</script>';
const STARTED = Date.parse('2026-11-21T09:00:30Z');
type HeldNow = Extract<PipelineEvent, { kind: 'sequenced' }>['allHeld'][number];
const HELD: HeldNow = {
  transaction: '1690:26789312',
  code: 'TRANSACTION_INCOMPLETE',
  text: 'It lacks rows that END counts (1 of oms.ord_line).',
  isWaitedFor: true,
  sinceMs: STARTED + 3_300_000,
};

const LOST = foundOf('900011', { evidence: { theirs: JSON.stringify({ sts_cd: HOSTILE }), fields: ['sts_cd'] } });

let browser: Browser;
let rig: Rig;
let member: MemberConsole;
let nowMs = STARTED;

beforeAll(async () => {
  browser = await openBrowser();
  rig = await poisonedOrders({ isSlow: true });
  rig.command(reportOf({ run: LOST.id }, 0, 0, { found: [LOST], progress: { done: 100 } }));
  await rig.live();
  member = await memberConsole({
    ...{ rig, settings: knowing77(rig), roles: ['viewer', 'operator'], nowMs: () => nowMs },
    groups: [
      { group: 'warehouse', offsets: new Map([[0, 30]]) },
      { group: 'reporting', offsets: new Map([[0, 3]]) },
    ],
    live: { everyMs: 100 },
  });
  member.tell({ kind: 'state', state: 'running', reason: null });
  anHourOfEvents(rig.told.filter((event) => event.kind === 'decided' && event.events.length > 0));
  member.tell(sequenced([HELD]));
});
afterAll(async () => {
  await member.close();
  await browser.close();
});

/** The recorded events over and over, more of them in the middle of the hour. */
function anHourOfEvents(events: readonly PipelineEvent[]): void {
  let next = 0;
  for (let minute = 0; minute < 58; minute += 1) {
    nowMs = STARTED + minute * 60_000;
    const count = 2 + Math.round(9 * Math.sin((Math.PI * minute) / 58) + 3 * Math.sin(minute));
    for (let i = 0; i < count; i += 1) member.tell(events[(next += 7) % events.length]!);
  }
  nowMs = STARTED + 58 * 60_000;
}

const sequenced = (allHeld: readonly HeldNow[]): PipelineEvent => ({
  ...{ kind: 'sequenced', source: 'legacy', transactions: 0, empty: 0, headless: 0, baselineRows: 0 },
  ...{
    openTransactions: allHeld.length,
    heldRows: 14,
    oldestOpenTimeMs: null,
    gaps: 0,
    allHeld,
    held: allHeld[0] ?? null,
  },
});

/** What went wrong in pages, by the words of the browser. */
const faults: string[] = [];

const look = (role: Looking['role'], how?: BrowserContextOptions): Promise<Page> =>
  lookAt(member, { browser, role, faults, ...(how && { how }) });

const PAGES = {
  flow: '/',
  parked: '/parked',
  waiting: '/waiting',
  why: '/why?aggregate=order&id=900011',
  event: '/why/event?id=EVENT',
  contracts: '/contracts',
  contract: '/contracts/one?event=OrderAcceptedForFulfillment&version=1',
  rules: '/rules',
  migration: '/migration',
  reconciliation: '/reconciliation',
  discrepancy: `/reconciliation/one?id=${LOST.id}`,
  decisions: '/commands',
} as const;

const addressOf = (path: string): string =>
  member.url + path.replace('EVENT', String(rig.published()[0]?.value['eventId']));

describe('in a browser', () => {
  it('every page stands, asks nobody else, and has no fault', async () => {
    const page = await look('viewer');
    for (const path of Object.values(PAGES)) {
      await page.goto(addressOf(path));
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.locator('nav [aria-current="page"]').count()).toBe(1);
    }
    await page.goto(member.url);
    await page.locator('.chart canvas').waitFor();
    expect(await page.locator('.chart .u-legend .u-series').count()).toBeGreaterThan(3);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('no page is wider than a narrow screen', async () => {
    const page = await look('viewer', { viewport: { width: 380, height: 700 } });
    for (const path of Object.values(PAGES)) {
      await page.goto(addressOf(path));
      const [needed, there] = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
      expect([path, needed]).toEqual([path, there]);
    }
    await page.context().close();
  });

  it('the flow changes while it is looked at, and what has the focus keeps it', async () => {
    const page = await look('viewer');
    await page.locator('#live', { hasText: 'live' }).waitFor();
    await page.focus('text=by market');
    member.tell({ kind: 'state', state: 'paused', reason: 'REDIS_UNAVAILABLE' });
    await page.locator('.status.bad', { hasText: 'paused: REDIS_UNAVAILABLE' }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('by market');
    expect(await page.locator('.chart canvas').count()).toBe(1);
    member.tell({ kind: 'state', state: 'running', reason: null }, sequenced([HELD]));
    await page.locator('.status.good', { hasText: 'running' }).waitFor();
    await page.context().close();
  });

  it('the flow is followed again where nobody answered for a while', async () => {
    const page = await look('viewer');
    const before = faults.length;
    await page.clock.install();
    let refused = 0;
    await page.route('**/live/flow*', (route) => {
      refused += 1;
      return refused > 2 ? route.continue() : route.fulfill({ status: 502 });
    });
    await page.reload();
    for (let i = 1; i <= 2; i += 1) {
      await page.locator('#live', { hasText: 'not live' }).waitFor();
      expect(refused).toBe(i);
      await page.clock.runFor(10_000);
      await expect.poll(() => refused).toBe(i + 1);
    }
    await page.locator('#live', { hasText: /^live$/ }).waitFor();
    expect(faults.splice(before).every((fault) => fault.includes('502'))).toBe(true);
    await page.context().close();
  });

  it('without script all can be read and done', async () => {
    const page = await look('operator', { javaScriptEnabled: false });
    await page.click('text=/^\\d+ parked$/');
    await page.click('tbody tr:first-child th a');
    const title = await page.textContent('h1');
    await page.fill('#reason-retry', 'the code is known now');
    await page.click('button:text("Retry")');
    expect(await page.textContent('.notice')).toContain('Done.');
    expect(rig.parked()).not.toHaveProperty(title!.replace(' ', ':'));
    await page.click('text=All decisions');
    expect(await page.textContent('tbody tr')).toContain('the-operator');
    await page.context().close();
  });

  it('all is reached by the keyboard, the content first', async () => {
    const page = await look('viewer');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
    await page.context().close();
  });

  it('what waits is sorted by the keyboard, and leads to why, without script too', async () => {
    const page = await look('viewer', { javaScriptEnabled: false });
    await page.goto(`${member.url}/waiting?state=overdue`);
    const first = (): Promise<string | null> => page.textContent('table:not(:has(caption)) tbody tr:first-child');
    const oldest = await first();
    expect(oldest).toContain('overdue by');
    await page.focus('th[aria-sort] a');
    await page.keyboard.press('Enter');
    await page.locator('th[aria-sort="descending"]').waitFor();
    expect(await first()).not.toBe(oldest);
    await page.click('table:not(:has(caption)) tbody tr:first-child th a');
    expect(await page.textContent('main')).toContain('was expected by');
    await page.click('.timeline a');
    expect(await page.textContent('h2')).toContain('Rows of that transaction');
    await page.context().close();
  });

  it('what rows say is text', async () => {
    const hostile = await memberConsole({ rig: await poisonedOrders({ sku: HOSTILE }), settings: rig.settings() });
    const page = await browser.newPage();
    await page.goto(`${hostile.url}/parked`);
    await page.click('text=order 900013');
    expect(await page.textContent('main')).toContain(`sku ${HOSTILE}`);
    expect(await page.title()).toBe('Parked · Dragoman');
    await page.goto(`${hostile.url}/why?aggregate=order&id=900013`);
    expect(await page.textContent('.timeline')).toContain(`sku ${HOSTILE}`);
    expect(await page.title()).toBe('Why · Dragoman');
    await page.close();
    await hostile.close();
  });
});

it('its pictures are there', async () => {
  member.tell(sequenced([HELD]));
  const show = async (page: Page, name: 'parked-one' | keyof typeof PAGES): Promise<void> => {
    await page.goto(addressOf(name === 'parked-one' ? PAGES.parked : PAGES[name]));
    if (name === 'parked-one') await page.click('tbody tr:first-child th a');
    if (name === 'flow') await page.locator('.chart canvas').waitFor();
  };
  const names = ['flow', 'parked-one', 'waiting', 'why', 'contract'] as const;
  expect(new Set(await pictures(names, (how) => look('operator', how), show))).toEqual(new Set(['PNG']));
});

/** The page of the migration in a real Chromium, over a pipeline in memory: what a person sees, plans and moves, with script and without. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TREND_HOURS } from '../../../src/console/answers/parity.js';
import { ParityFigures } from '../../../src/pipeline/parity/figures.js';
import { intrude, MARKETS, movableOrders, storeBeside } from '../../support/ownership/movable-orders.js';
import { lookAt, type Looking, openBrowser, pictures } from '../../support/servers/browser.js';
import { type MemberConsole, memberConsole } from '../../support/servers/member-console.js';

const ONE = 'OrderAcceptedForFulfillment.v1';
/** In the midst of the recording. */
const AT = '2026-11-21T09:52:40';
const HOUR_MS = 3_600_000;

let browser: Browser;
let member: MemberConsole;
const faults: string[] = [];

beforeAll(async () => {
  browser = await openBrowser();
  const rig = await movableOrders();
  await intrude(rig, { epoch: 3, producer: 'service:<script>document.title="taken"</script>' });
  member = await memberConsole({ rig, roles: ['viewer', 'operator'], waitSeconds: 0, live: { everyMs: 100 } });
});
afterAll(async () => {
  await member.close();
  await browser.close();
});

const look = (role: Looking['role'], how: BrowserContextOptions = {}): Promise<Page> =>
  lookAt(member, {
    ...{ browser, role, path: '/migration', faults },
    how: { viewport: { width: 1280, height: 900 }, ...how },
  });

/** Without script, from the matrix to the decision. */
async function move(page: Page, market: string, to: string): Promise<string> {
  await page.goto(`${member.url}/migration`);
  await page.click(`.matrix thead a:text-is("market=${market}")`);
  await page.selectOption('#to', to);
  await page.fill('#at', AT);
  await page.click('text=Show what it comes to');
  const said = await page.textContent('section[aria-label="Plan"] li:first-child');
  await page.fill('#reason-move-0', 'the first market');
  await page.click(`button:text("Move to ${to}")`);
  expect(await page.textContent('.notice')).toContain('Done.');
  return said!;
}

describe('in a browser', () => {
  it('a move is planned, shown and made without script', async () => {
    const page = await look('operator', { javaScriptEnabled: false });
    expect(await move(page, 'DE', 'service')).toContain('would move');
    await page.goto(`${member.url}/migration`);
    const cell = page.locator(`.matrix tr:has-text("${ONE}") td`, { hasText: 'market=DE: ' });
    expect(await cell.textContent()).toMatch(/service\s+epoch 1/);
    expect(await page.textContent('main')).toContain('the first market');
    await page.context().close();
  });

  it('what is moved shows up while the page is looked at, and what has the focus keeps it', async () => {
    const page = await look('viewer');
    await page.locator('#live', { hasText: 'live' }).waitFor();
    await page.focus('.matrix thead a:text-is("market=IT")');
    const other = await look('operator', { javaScriptEnabled: false });
    await move(other, 'IT', 'shadow');
    await page
      .locator('.matrix td', { hasText: /market=IT: \s*shadow\s+epoch 1/ })
      .first()
      .waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('market=IT');
    for (const each of [page, other]) await each.context().close();
  });

  it('no page of it is wider than a narrow screen, and every field has its label', async () => {
    const plan = '/migration/one?capability=fulfilment&selector=market%3DFR&to=service';
    for (const width of [1280, 400]) {
      const page = await look('operator', { viewport: { width, height: 800 } });
      for (const path of ['/migration', plan]) {
        await page.goto(member.url + path);
        const [needed, there] = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
        expect([path, needed]).toEqual([path, there]);
        expect(await page.locator('h1').count()).toBe(1);
        expect(await page.locator('nav [aria-current="page"]').textContent()).toBe('Migration');
        const unnamed =
          '[...document.querySelectorAll("input:not([type=hidden]), select")].filter((each) => each.labels.length !== 1)';
        expect(await page.evaluate(`${unnamed}.length`)).toBe(0);
        const ids = '[...document.querySelectorAll("[id]")].map((each) => each.id)';
        expect(await page.evaluate(`${ids}.length - new Set(${ids}).size`)).toBe(0);
      }
      await page.context().close();
    }
  });

  it('what services say of themselves is text', async () => {
    const page = await look('viewer');
    expect(await page.textContent('section[aria-label="Found in contract topics"]')).toContain('service:<script>');
    expect(await page.title()).toBe('Migration · Dragoman');
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

/** One market is its new service's, one was, one is shadowed; and the service is on trial since two days. */
async function partlyMoved(): Promise<MemberConsole> {
  const nowMs = Date.parse('2026-11-21T10:00:00.000Z');
  const rig = await movableOrders({ parity: { within: '10 minutes', gate: { pairs: 100 } } });
  await intrude(rig, { epoch: 3, producer: 'service:orders-old' });
  const figures = new ParityFigures();
  for (let hour = 0; hour < TREND_HOURS; hour += 1)
    for (const market of MARKETS)
      for (let i = 0; i < 40; i += 1) {
        const isWrong = market !== 'DE' && i < Math.max(0, 9 - Math.floor(hour / 4));
        const differences = isWrong ? [{ path: 'totalAmount', legacy: { value: '1' }, service: { value: '2' } }] : [];
        const judged = { contract: ONE, route: `${ONE} market=${market}`, differences };
        figures.count(
          { ...judged, class: isWrong ? 'different' : 'equal' },
          nowMs - (TREND_HOURS - 1 - hour) * HOUR_MS,
        );
      }
  await storeBeside(rig, figures.takeFresh());
  const partly = await memberConsole({ rig, roles: ['viewer'], waitSeconds: 0, nowMs: () => nowMs });
  const moves = [
    ['DE', 'service', 0, 'the first market'],
    ['IT', 'service', 0, 'the second market'],
    ['IT', 'legacy', 1, 'refunds are wrong'],
  ] as const;
  for (const [market, to, epoch, reason] of moves)
    await partly.desk.decide(
      {
        ...{
          kind: 'route.move',
          pipeline: 'orders',
          contracts: [ONE],
          selector: `market=${market}`,
          to,
          epoch,
          reason,
        },
        ...{ at: `${AT}.000Z`, override: 'a pilot' },
      },
      { role: 'operator', name: 'ops' },
    );
  return partly;
}

it('its trend is drawn, and its picture is there', async () => {
  const partly = await partlyMoved();
  const looking = { browser, role: 'viewer', path: '/migration', faults } as const;
  const page = await lookAt(partly, looking);
  await page.locator('.chart canvas').waitFor();
  expect(await page.textContent('main')).toContain('to legacy, overdue');
  await page.context().close();
  const show = (shown: Page): Promise<void> => shown.locator('.chart canvas').waitFor();
  const made = await pictures(['migration'], (how) => lookAt(partly, { ...looking, how }), show);
  expect(new Set(made)).toEqual(new Set(['PNG']));
  expect(faults).toEqual([]);
  await partly.close();
});

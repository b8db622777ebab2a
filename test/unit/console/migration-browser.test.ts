/** The page of the migration in a real Chromium, over a pipeline in memory: what a person sees, plans and moves, with script and without. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intrude, movableOrders } from '../../support/ownership/movable-orders.js';
import { openBrowser } from '../../support/servers/browser.js';
import { type MemberConsole, memberConsole } from '../../support/servers/member-console.js';

const ONE = 'OrderAcceptedForFulfillment.v1';
/** In the midst of the recording. */
const AT = '2026-11-21T09:52:40';

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

async function look(role: 'viewer' | 'operator', how: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, ...how })).newPage();
  page.setDefaultTimeout(90_000); // a machine may have much else to do
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (said) => {
    if (said.type() === 'error') faults.push(said.text());
  });
  await page.goto(`${member.url}/login?to=/migration`);
  await page.fill('#token', member.tokens[role]!);
  await page.click('main button');
  await page.waitForURL(`${member.url}/migration`);
  return page;
}

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

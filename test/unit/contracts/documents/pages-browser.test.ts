/** The pages of an export in a real Chromium: they can be read in light and dark, and are not wider than a telephone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contractPage } from '../../../../src/contracts/documents/contract-page.js';
import { htmlPage } from '../../../../src/contracts/documents/html-page.js';
import { indexPage } from '../../../../src/contracts/documents/index-page.js';
import { publishedWith } from '../../../support/contracts/published.js';
import { openBrowser } from '../../../support/servers/browser.js';

const HOSTILE = '<script>document.title="taken"</script><img src=x onerror="document.title=1">';
const event = publishedWith(
  z.object({ reason: z.string().regex(/^[a-z]{1,200}$/) }),
  { reason: 'a' },
  { meaning: HOSTILE, owner: 'shop', sunset: '2027-06-30', fields: { reason: { meaning: HOSTILE } } },
);
const pages = [
  ['page', htmlPage(contractPage(event)), 'OrderPlaced v1'],
  ['index', htmlPage(indexPage([event.contract])), 'Contracts'],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'dragoman-pages-'));
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** WCAG 2.1, 1.4.3: of ordinary text. */
const CONTRAST_MIN = 4.5;

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it.each(pages)('the %s can be read', async (name, text, title) => {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, text);
    const context = await browser.newContext({ colorScheme, viewport: { width: 380, height: 800 } });
    try {
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('console', (line) => faults.push(line.text()));
      page.on('pageerror', (error) => faults.push(error.message));
      await page.goto(pathToFileURL(file).href);
      expect(await page.title()).toBe(title);
      expect(await page.textContent('h1')).toBe(title);
      expect(await page.locator('script, img').count()).toBe(0);
      const { lowest, texts, wide } = await page.evaluate<{ lowest: number; texts: number; wide: boolean }>(CONTRASTS);
      expect(texts).toBeGreaterThan(3);
      expect(lowest).toBeGreaterThanOrEqual(CONTRAST_MIN);
      expect(wide).toBe(false);
      expect(faults).toEqual([]);
    } finally {
      await context.close();
    }
  });
});

/** Each element with text of its own, against the nearest background; whether the page is wider than the window. */
const CONTRASTS = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).slice(0, 4).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).slice(0, 3).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [...document.querySelectorAll('main *')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== ''));
  const ratios = found.map((e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
  return { lowest: Math.min(...ratios), texts: ratios.length, wide: document.documentElement.scrollWidth > innerWidth };
})()`;

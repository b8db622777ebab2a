/** A real Chromium, without a window, that nobody else has, and people who look at the console of a member with it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { provideChromium } from '../../stack/native/tools.js';
import { projectDirectory } from '../../stack/directories.js';
import type { MemberConsole } from './member-console.js';

/** In a container there is no other user to run as, and no place for its sandbox; it looks at pages of ours alone. */
const isRoot = process.getuid?.() === 0;

export async function openBrowser(): Promise<Browser> {
  const executablePath = await provideChromium((line) => console.error(line));
  return chromium.launch({ executablePath, args: isRoot ? ['--no-sandbox', '--disable-dev-shm-usage'] : [] });
}

/** Who has logged in, and looks at `path`. @param faults what goes wrong in the page, by the words of the browser, and what it asks of others. */
export async function lookAt(
  { url, tokens }: Pick<MemberConsole, 'url' | 'tokens'>,
  { browser, role, path = '/', faults = [], how = {} }: Looking,
): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1200, height: 800 }, ...how })).newPage();
  page.setDefaultTimeout(90_000); // a machine may have much else to do
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (said) => {
    if (said.type() === 'error') faults.push(said.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) faults.push(`asks ${request.url()}`);
  });
  await page.goto(`${url}/login?to=${path}`);
  await page.fill('#token', tokens[role] ?? '');
  await page.click('main button');
  await page.waitForURL(url + path);
  return page;
}

export interface Looking {
  readonly browser: Browser;
  readonly role: 'viewer' | 'operator';
  readonly path?: string;
  readonly faults?: string[];
  readonly how?: BrowserContextOptions;
}

const SHADES = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  narrow: { viewport: { width: 380, height: 780 } },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>;

/**
 * Pictures for docs/images, each in each shade, which are made anew with DRAGOMAN_SCREENSHOTS=1.
 * @param show leads to what is in the picture. @returns the first bytes of each file.
 */
export async function pictures<N extends string>(
  names: readonly N[],
  look: (how: BrowserContextOptions) => Promise<Page>,
  show: (page: Page, name: N) => Promise<unknown>,
): Promise<string[]> {
  const pathOf = (name: N, shade: string): string =>
    join(projectDirectory, 'docs', 'images', `console-${name}-${shade}.png`);
  for (const [shade, how] of process.env['DRAGOMAN_SCREENSHOTS'] === '1' ? Object.entries(SHADES) : []) {
    const page = await look(how);
    for (const name of names) {
      await show(page, name);
      await page.screenshot({ path: pathOf(name, shade), fullPage: true });
    }
    await page.context().close();
  }
  const files = names.flatMap((name) => Object.keys(SHADES).map((shade) => pathOf(name, shade)));
  return files.map((file) => readFileSync(file).subarray(1, 4).toString());
}

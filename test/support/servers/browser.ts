/** A real Chromium, without a window, that nobody else has. */
import { type Browser, chromium } from 'playwright-core';
import { provideChromium } from '../../stack/native/tools.js';

/** In a container there is no other user to run as, and no place for its sandbox; it looks at pages of ours alone. */
const isRoot = process.getuid?.() === 0;

export async function openBrowser(): Promise<Browser> {
  const executablePath = await provideChromium((line) => console.error(line));
  return chromium.launch({ executablePath, args: isRoot ? ['--no-sandbox', '--disable-dev-shm-usage'] : [] });
}

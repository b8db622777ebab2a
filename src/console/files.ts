/** The files that pages need, read once at start: ours, and the library that draws. Each has its content in its address, so that browsers keep it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

interface ConsoleFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly version: string;
}

export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

const own = (name: string): string => fileURLToPath(new URL(`./assets/${name}`, import.meta.url));
const ofPackage = (name: string): string => createRequire(import.meta.url).resolve(name);

export const consoleFiles = (): ConsoleFiles =>
  new Map([
    ['console.css', fileOf(CSS, own('console.css'), ofPackage('uplot/dist/uPlot.min.css'))],
    ['console.js', fileOf(JAVASCRIPT, own('console.js'))],
    ['uplot.js', fileOf(JAVASCRIPT, ofPackage('uplot/dist/uPlot.iife.min.js'))],
    ['icon.svg', fileOf('image/svg+xml', own('icon.svg'))],
  ]);

/** @param paths one after the other. */
function fileOf(type: string, ...paths: readonly string[]): ConsoleFile {
  const bytes = Buffer.concat(paths.map((path) => readFileSync(path)));
  return { type, bytes, version: createHash('sha256').update(bytes).digest('hex').slice(0, 12) };
}

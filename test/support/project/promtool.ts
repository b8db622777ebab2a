/**
 * Finds promtool, the checker of Prometheus: in PATH, else in the cache folder, else it is installed from the Debian package
 * `prometheus` (apt needed; the package is unpacked into the cache, so no server is installed or started). A missing promtool is a
 * failure with a clear text, never a silent skip: alerts that nobody checked are worse than none.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../../.cache/promtool/', import.meta.url));
const CACHED = join(CACHE, 'root/usr/bin/promtool');

const ADVICE =
  'promtool was not found. It checks alerts, recording rules and metric names. Install it: ' +
  '`apt-get install prometheus` on Debian or Ubuntu, `brew install prometheus` on macOS, or unpack a release of Prometheus and put promtool into PATH.';

let found: string | undefined;

/** Path of promtool. Installs it once if it must. @throws with advice when it cannot be had. */
export const promtool = (): string => (found ??= inPath() ?? inCache() ?? fromDebian());

export interface PromtoolResult {
  readonly status: number;
  /** Both streams, for the text of a failed assertion. */
  readonly output: string;
}

/** Runs promtool. @param input goes to its standard input. */
export function runPromtool(args: readonly string[], input?: string): PromtoolResult {
  const { status, stdout, stderr } = spawnSync(promtool(), args, { encoding: 'utf8', input, cwd: tmpdir() });
  return { status: status ?? -1, output: stdout + stderr };
}

const answers = (command: string): boolean => spawnSync(command, ['--version']).status === 0;
const inPath = (): string | undefined => (answers('promtool') ? 'promtool' : undefined);
const inCache = (): string | undefined => (existsSync(CACHED) && answers(CACHED) ? CACHED : undefined);

function fromDebian(): string {
  mkdirSync(CACHE, { recursive: true });
  spawnSync('apt-get', ['update']); // needs root; without it the lists that are there may do
  try {
    execFileSync('apt-get', ['download', 'prometheus'], { cwd: CACHE, stdio: 'ignore' });
    const archive = readdirSync(CACHE).find((name) => name.endsWith('.deb')) ?? '';
    execFileSync('dpkg-deb', ['-x', archive, 'root'], { cwd: CACHE, stdio: 'ignore' });
  } catch (cause) {
    throw new Error(ADVICE, { cause });
  }
  const tool = inCache();
  if (tool === undefined) throw new Error(ADVICE);
  return tool;
}

/**
 * Makes a fresh clone ready to run: checks Node, and installs the npm dependencies when they are missing or not those of
 * package-lock.json. Plain JavaScript without imports from npm, because it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const NODE_MIN = [20, 19];
const LOCK = join(ROOT, 'package-lock.json');
/** npm writes it last, so a broken installation does not have it. */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');

const EXIT = { internal: 1, unreachable: 5, refused: 6 };

const say = (text) => void process.stderr.write(`${text}\n`);

/** Ends the process with a text that says what to do, when this machine cannot run the project. */
export function ensureReady() {
  ensureNode();
  if (!isInstalled()) install();
}

function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [majorMin, minorMin] = NODE_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  say(
    `NODE_TOO_OLD: this is Node ${process.versions.node}; Dragoman needs ${NODE_MIN.join('.')} or later.\n` +
      'Next: install Node 24 from https://nodejs.org, or with your version manager: nvm install 24.',
  );
  process.exit(EXIT.refused);
}

function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  if (statSync(INSTALLED).mtimeMs >= statSync(LOCK).mtimeMs) return true;
  if (!hasLockedVersions()) return false;
  const now = new Date();
  utimesSync(INSTALLED, now, now); // git had touched the lock file, its content is what is installed
  return true;
}

/** Packages for other platforms are locked and not installed, so only what is required everywhere must be there. */
function hasLockedVersions() {
  try {
    const locked = JSON.parse(readFileSync(LOCK, 'utf8')).packages;
    const installed = JSON.parse(readFileSync(INSTALLED, 'utf8')).packages;
    const isSame = ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional === true && installed[path] === undefined);
    return Object.entries(locked).every(isSame) && Object.keys(installed).every((path) => path in locked);
  } catch {
    return false;
  }
}

function install() {
  say('Installing the npm dependencies (once, well under a minute) ...');
  const started = Date.now();
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const shell = process.platform === 'win32' && command === 'npm';
  // What npm says goes to stderr: stdout belongs to the command that is run.
  const { status, error } = spawnSync(command, [...first, ...args], { cwd: ROOT, stdio: ['ignore', 2, 2], shell });
  if (status === 0) return say(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
  say(
    `DEPENDENCIES_UNAVAILABLE: \`npm ci\` failed (${error?.message ?? `exit code ${status ?? 'none: it was ended'}`}); its own words are above.\n` +
      'Next: look whether the npm registry can be reached from here (`npm ping`), and whether there is space on the disk; then try again.',
  );
  process.exit(EXIT.unreachable);
}

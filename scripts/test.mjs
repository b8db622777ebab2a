// `npm test`: all tests, the integration tests on real servers included. Installs what is missing. In the end it names whatever
// failed, set-ups included; the last line has the totals.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureReady, ROOT } from './ensure.mjs';
import { explained, summary } from './test/totals.mjs';

const PROJECTS = ['unit', 'integration'];
const RUN = join(ROOT, 'scripts', 'test', 'run.mjs');
/** Another folder with a Vitest config that has these projects, for the test of this script. */
const root = resolve(process.argv[2] ?? ROOT);

ensureReady();
const folder = mkdtempSync(join(tmpdir(), 'dragoman-test-'));
const reports = {};
for (const project of PROJECTS) {
  const started = Date.now();
  const report = (reports[project] = runProject(project));
  const seconds = Math.round((Date.now() - started) / 1_000);
  process.stdout.write(`${project}: ${report.passed} passed, ${report.failures.length} failed in ${seconds} s\n`);
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${summary(reports)}\n`);
process.exitCode = Object.values(reports).every(({ failures }) => failures.length === 0) ? 0 : 1;

function runProject(project) {
  const file = join(folder, `${project}.json`);
  const end = spawnSync(process.execPath, [RUN, root, project, file], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return explained(reportIn(file), end);
}

function reportIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

// `npm test`: all tests, the integration tests on real servers included. Installs what is missing; the last line has the totals.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureReady, ROOT } from './ensure.mjs';

const PROJECTS = ['unit', 'integration'];

ensureReady();
const folder = mkdtempSync(join(tmpdir(), 'dragoman-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
let isGreen = true;
for (const project of PROJECTS) {
  const started = Date.now();
  const report = join(folder, `${project}.json`);
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', project, ...reporters], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const seconds = Math.round((Date.now() - started) / 1_000);
  const counts = countsOf(report);
  process.stdout.write(`${project}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s\n`);
  if (status !== 0 || counts.passed === 0) isGreen = false;
  for (const name of Object.keys(totals)) totals[name] += counts[name];
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(isGreen ? 0 : 1);

function countsOf(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

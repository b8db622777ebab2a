// `npm test`: all tests, the integration tests on real servers included. Installs what is missing. In the end it names whatever
// failed, set-ups included; the last line has the totals.
//
// Integration tests wait for servers most of the time, so both kinds run at once: the integration tests, which have limits of time, are
// served first and say at once what they do; the unit tests take what they leave of the processors, and have their say when they are over.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureReady, ROOT } from './ensure.mjs';
import { explained, summary } from './test/totals.mjs';

const RUN = join(ROOT, 'scripts', 'test', 'run.mjs');
/** Another folder with a Vitest config that has these projects, for the test of this script. */
const root = resolve(process.argv[2] ?? ROOT);

ensureReady();
const folder = mkdtempSync(join(tmpdir(), 'dragoman-test-'));
const [unit, integration] = await Promise.all([behind('unit'), reportOf('integration', 'inherit')]);
rmSync(folder, { recursive: true });
process.stdout.write(`\n${summary({ unit, integration })}\n`);
process.exitCode = [unit, integration].every(({ failures }) => failures.length === 0) ? 0 : 1;

/** With what is left of the processors; its words are shown in one piece. */
async function behind(project) {
  const said = join(folder, `${project}.log`);
  const file = openSync(said, 'w');
  const report = await reportOf(project, file, ({ pid }) => setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL));
  closeSync(file);
  process.stdout.write(readFileSync(said));
  return report;
}

async function reportOf(project, output, begun = () => undefined) {
  const file = join(folder, `${project}.json`);
  const started = Date.now();
  const child = spawn(process.execPath, [RUN, root, project, file], { cwd: root, stdio: ['ignore', output, output] });
  begun(child);
  const [status, signal] = await once(child, 'close');
  const report = explained(reportIn(file), { status, signal });
  const seconds = Math.round((Date.now() - started) / 1_000);
  process.stdout.write(`${project}: ${report.passed} passed, ${report.failures.length} failed in ${seconds} s\n`);
  return report;
}

function reportIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

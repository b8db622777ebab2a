/**
 * Runs one project of a Vitest config and reports whatever failed: `node run.mjs ROOT PROJECT REPORT_FILE`.
 *
 * Out: `{ passed, skipped, failures: [{ what, where, why }] }`, where `what` is a test, the set-up or tear-down of a suite, a file
 * that does not load, an error outside of all tests, or the set-up of all of them. A count of tests alone cannot say the others.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { createVitest } from 'vitest/node';

const [root, project, reportFile] = process.argv.slice(2);
const report = { passed: 0, skipped: 0, failures: [] };

const vitest = await createVitest('test', { root, project, run: true, watch: false });
try {
  const { testModules, unhandledErrors } = await vitest.start();
  for (const module of testModules) addSuite(module, [relative(root, module.moduleId)]);
  for (const error of unhandledErrors) fail(error.type ?? 'error outside of all tests', [], error);
} catch (error) {
  vitest.logger.printError(error, { fullStack: true, type: 'Set-up of all tests' });
  fail('set-up of all tests', [], error);
}
writeFileSync(reportFile, JSON.stringify(report));
if (report.failures.length > 0) process.exitCode = 1;
await vitest.exit();

function addSuite(suite, names) {
  const skippedBefore = report.skipped;
  const children = [...suite.children];
  for (const child of children) {
    if (child.type === 'test') addTest(child, [...names, child.name]);
    else addSuite(child, [...names, child.name]);
  }
  const what = suiteFailure(children.length, report.skipped - skippedBefore);
  for (const error of suite.errors()) fail(what, names, error);
}

function addTest(test, names) {
  const { state, errors } = test.result();
  if (state === 'passed') report.passed += 1;
  else if (state === 'failed') fail('test', names, errors[0]);
  else report.skipped += 1; // one that never had its turn is pending
}

function suiteFailure(children, skipped) {
  if (children === 0) return 'file does not load';
  return skipped > 0 ? `set-up (${skipped} skipped)` : 'tear-down';
}

function fail(what, names, error) {
  const [why] = String(error?.message ?? error)
    .trim()
    .split('\n', 1);
  report.failures.push({ what, where: names.join(' > '), why });
}

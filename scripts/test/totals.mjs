/** What the reports of several runs say together. Pure. */

/**
 * @param report as `run.mjs` has it; undefined: nothing was written.
 * @param end of the process: `{ status, signal }` as spawnSync gives it.
 * @returns the report, in which a run that says nothing, or that failed without a reason, is a failure of its own.
 */
export function explained(report, { status, signal }) {
  const ended = signal === null ? `it ended with exit code ${status}` : `it was ended by ${signal}`;
  if (report === undefined) {
    return { passed: 0, skipped: 0, failures: [run('nothing was reported', `${ended}; its own words are above`)] };
  }
  const failures = [...report.failures];
  if (report.passed === 0 && failures.length === 0) failures.push(run('no test passed', ended));
  else if (status !== 0 && failures.length === 0) failures.push(run('failed without a reason', ended));
  return { ...report, failures };
}

const run = (what, why) => ({ what: `run: ${what}`, where: '', why });

/** What failed, line by line, and on the last line the totals. Whatever failed counts, a set-up too. */
export function summary(reports) {
  const all = Object.entries(reports);
  const sum = (count) => all.reduce((total, [, report]) => total + count(report), 0);
  const lines = all.flatMap(([project, { failures }]) =>
    failures.map(({ what, where, why }) => `failed: ${[project, what, where].filter(Boolean).join(': ')}: ${why}`),
  );
  const passed = sum((report) => report.passed);
  const skipped = sum((report) => report.skipped);
  return [...lines, `${passed} passed, ${lines.length} failed, ${skipped} skipped`].join('\n');
}

// `node scripts/audit.mjs`: asks the npm registry for known faults of the production dependencies. Ends with 0 when there is none of level
// high or above, 1 when there is one, 3 when the registry cannot be asked: nothing was checked then, and that is not a pass.
import { spawnSync } from 'node:child_process';

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], {
  encoding: 'utf8',
});
const report = parsed(stdout);
const counts = report?.metadata?.vulnerabilities;
if (counts === undefined) {
  const words = report?.message || report?.error?.summary || stderr.trim().split('\n').at(-1);
  console.error(`nothing was checked: this registry answers no audit (${words})`);
  process.exit(3);
}
for (const { name, severity, range } of Object.values(report.vulnerabilities ?? {}))
  console.log(`${severity}: ${name} ${range}`);
console.log(
  Object.entries(counts)
    .map(([level, count]) => `${count} ${level}`)
    .join(', '),
);
process.exit(counts.high + counts.critical === 0 ? 0 : 1);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

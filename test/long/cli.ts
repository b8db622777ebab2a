/**
 * `npm run test:long`: random histories, exhaustive small cases, recordings and fuzz, for 30 minutes or as long as one says.
 *
 * Exit code 0: nothing found; 1: findings, each with what repeats it; 2: wrong usage. Failing histories are kept as cases.
 */
import { Command, InvalidArgumentError } from 'commander';
import { type Kind, KINDS } from './kinds.js';

interface Total {
  executions: number;
  seconds: number;
  findings: string[];
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('a number above 0');
  return value;
};

const program = new Command('test:long')
  .description('The long run of the property tests and of fuzz.')
  .option('--minutes <n>', 'how long', positive, 30)
  .option('--seed <n>', 'first seed; another one gives other histories', positive, Math.floor(Date.now() / 1_000))
  .option('--only <text>', 'kinds whose name holds this text', '')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const { minutes, seed, only } = program.opts<{ minutes: number; seed: number; only: string }>();

/** Every kind comes again after about so long, so that a run that is stopped has done some of each. */
const ROUND_MS = 60_000;

const kinds = KINDS.filter(({ name }) => name.includes(only));
const totals = new Map<Kind, Total>(kinds.map((kind) => [kind, { executions: 0, seconds: 0, findings: [] }]));
const endMs = Date.now() + minutes * 60_000;
console.log(`seed ${seed}, ${minutes} minutes, ${kinds.length} kinds`);

for (let round = 0; Date.now() < endMs; round += 1) {
  const roundMs = Math.min(ROUND_MS, endMs - Date.now());
  const shares = kinds.reduce((sum, { share }) => sum + share, 0);
  for (const kind of kinds) {
    const startedMs = Date.now();
    const { executions, findings } = await kind.run(seed + round * 1_000, startedMs + (roundMs * kind.share) / shares);
    const total = totals.get(kind)!;
    total.executions += executions;
    total.seconds += (Date.now() - startedMs) / 1_000;
    total.findings.push(...findings);
    for (const finding of findings) console.log(`FOUND ${kind.name}: ${finding}`);
  }
  const done = [...totals.values()].reduce((sum, { executions }) => sum + executions, 0);
  console.log(`round ${round + 1} (seed ${seed + round * 1_000}): ${done} executions so far`);
}

console.log(`\n${'kind'.padEnd(58)}${'executions'.padStart(12)}${'seconds'.padStart(9)}${'findings'.padStart(10)}`);
for (const [{ name }, { executions, seconds, findings }] of totals)
  console.log(
    `${name.padEnd(58)}${String(executions).padStart(12)}${seconds.toFixed(0).padStart(9)}${String(findings.length).padStart(10)}`,
  );
const found = [...totals.values()].flatMap(({ findings }) => findings);
process.exit(found.length === 0 ? 0 : 1);

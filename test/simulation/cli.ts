/**
 * `npm run simulate -- --seeds 10000`: so many histories. `-- --seed N`: that one again, exactly, with `--trace` its steps.
 *
 * Exit code 0: every invariant held; 1: one did not, with the seed, what is left of it after shrinking, and the command that replays it;
 * 2: wrong usage. `-- --mutants`: the code without one of the rules R1 to R10, each searched for in so many histories; 1: one is not found.
 */
import { Command, InvalidArgumentError } from 'commander';
import { retailerRules } from '../support/rig.js';
import { rulesOfSeed } from '../support/sources/intervening-rules.js';
import { mutationTable } from './mutants/table.js';
import { shrink, withoutText } from './shrink.js';
import { type Outcome, simulate, type SimulationOptions } from './simulation.js';
import { Totals } from './totals.js';

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number');
  return value;
};
const numbers = (text: string): Set<number> => new Set(text.split(',').map(whole));

const program = new Command('simulate')
  .description('Random histories with faults, deterministic by seed.')
  .option('--seeds <n>', 'how many histories', whole, 1_000)
  .option('--from <n>', 'the first seed', whole, 1)
  .option('--seed <n>', 'this one only', whole)
  .option('--shards <n>', 'tasks of the pipeline', whole, 1)
  .option('--awaiting', 'orders are expected to come to something in time, in every history', false)
  .option('--routes', 'contracts move to a service and back, in every history', false)
  .option('--trace', 'print every step', false)
  .option('--mutants', 'the rules R1 to R10 taken out, one after the other: each has to be missed', false)
  .option('--steps <n>', 'only so many steps of the plan', whole, 100)
  .option('--without-faults <list>', 'faults that do not come, by number', numbers, new Set<number>())
  .option('--without-blows <list>', 'blows that do not come, by number', numbers, new Set<number>())
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const options = program.opts<{
  seeds: number;
  from: number;
  seed?: number;
  shards: number;
  awaiting: boolean;
  routes: boolean;
  trace: boolean;
  mutants: boolean;
  steps: number;
  withoutFaults: Set<number>;
  withoutBlows: Set<number>;
}>();

/** Of a trace that is printed unasked. */
const STEPS_SHOWN_MAX = 80;

if (options.mutants) {
  const survivors = await mutationTable(options.seeds, (line) => console.log(line));
  process.exit(survivors === 0 ? 0 : 1);
}

const retailer = await retailerRules();
const { shards, awaiting: isAwaiting, routes: isRouted } = options;
const without = { faults: options.withoutFaults, blows: options.withoutBlows, stepsMax: options.steps };
const [first, count] = options.seed === undefined ? [options.from, options.seeds] : [options.seed, 1];
const totals = new Totals();
let told = Date.now();
for (let seed = first; seed < first + count && totals.violations.length === 0; seed += 1) {
  const rules = rulesOfSeed(retailer, seed);
  const outcome = await simulate({ seed, rules, shards, isAwaiting, isRouted, without, trace: options.trace });
  totals.add(outcome);
  if (options.trace) printTrace(outcome);
  if (outcome.violation !== null && !options.trace)
    await printShrunk({ seed, rules, shards, isAwaiting, isRouted, without, trace: true });
  if (Date.now() - told > 10_000) {
    told = Date.now();
    console.error(`${totals.histories} histories, ${totals.eventsChecked} events checked`);
  }
}
for (const line of totals.lines()) console.log(line);
if (count === 1) console.log(`${'digest of the steps'.padEnd(36)}${String(totals.digest).padStart(14)}`);
for (const { seed, violation } of totals.violations) console.log(`\nseed ${seed}: ${violation}`);
process.exit(totals.violations.length === 0 ? 0 : 1);

function printTrace({ trace }: Outcome): void {
  for (const { atMs, process: name, what } of trace)
    console.log(`${(atMs / 1_000).toFixed(4).padStart(9)} ${name} ${what}`);
}

async function printShrunk(found: SimulationOptions): Promise<void> {
  const { without: left, outcome } = await shrink(found, simulate);
  printTrace({ ...outcome, trace: outcome.trace.slice(-STEPS_SHOWN_MAX) });
  console.log(
    `${outcome.violation}\n\nnpm run simulate -- --seed ${found.seed}${shards === 1 ? '' : ` --shards ${shards}`}${isAwaiting ? ' --awaiting' : ''}${isRouted ? ' --routes' : ''}${withoutText(left)} --trace\n`,
  );
}

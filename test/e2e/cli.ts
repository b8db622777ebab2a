/** `npm run e2e`: the whole way from PostgreSQL to consumers on real servers, with faults. The result goes to stdout, words to stderr. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pc from 'picocolors';
import { openStack, type ProviderName, type Stack } from '../stack/stack.js';
import { serviceNames } from '../stack/provider.js';
import { Cleanup } from './cleanup.js';
import { differenceCount } from './compare.js';
import { FAULT_KINDS, type FaultKind } from './faults.js';
import { countsOf, isRight, table, type Counts } from './report.js';
import { runTakeovers } from './run-takeover.js';
import { runWithFaults, type RunTools } from './run-faults.js';
import type { Verdict } from './verdict.js';

interface Flags {
  readonly orders: number;
  readonly connections: number;
  readonly seed: number;
  readonly rate?: number;
  readonly provider: ProviderName | 'auto';
  readonly faults: readonly FaultKind[];
  readonly keyChanges?: boolean;
  readonly takeover?: boolean;
  readonly json?: boolean;
}

interface Outcome {
  readonly counts: Counts;
  readonly right: boolean;
  readonly verdict: Verdict;
}

const EXIT = { ok: 0, internal: 1, usage: 2, differences: 3, interrupted: 130 } as const;
/** A run lasts about 100 seconds, whatever the number of orders, until the machine cannot follow: an order makes 30 rows. */
const RATE_PER_ORDER = 0.3;
const RATE_MAX = 600;
const ROUNDS_MIN = 2;
const BASELINE_MS = 3_000;

const program = new Command('e2e')
  .description('Runs orders through PostgreSQL, Debezium, Dragoman and Kafka while parts are killed; compares with the oracle.')
  .option('--orders <n>', 'how many orders live', whole, 2_000)
  .option('--connections <n>', 'connections that write to the legacy database', whole, 8)
  .option('--seed <n>', 'decides what happens to each order, and the order of faults', whole, 7)
  .option('--rate <rows>', `row changes per second (default: so that it lasts about 100 s, at most ${RATE_MAX})`, whole)
  .addOption(new Option('--provider <name>', 'how servers are run').choices(['auto', 'native', 'docker']).default('auto'))
  .option('--faults <list>', `all, none, or of ${FAULT_KINDS.join(',')}`, faultKinds, FAULT_KINDS)
  .option('--key-changes', 'about one order in a hundred gets another number, which parks it')
  .option('--takeover', 'instead of faults: two instances, the owner is killed or stopped; prints the take-over times')
  .option('--json', 'the result as JSON')
  .addHelpText('after', '\nExit codes: 0 no difference, 1 internal, 2 usage, 3 differences, 130 interrupted.')
  .exitOverride();

async function main(flags: Flags): Promise<number> {
  const cleanup = new Cleanup();
  onInterrupt(cleanup);
  const directory = await mkdtemp(join(tmpdir(), 'dragoman-e2e-'));
  let stack: Stack | undefined;
  try {
    const opened = await openStack({ provider: flags.provider, progress: say });
    stack = opened;
    cleanup.add(() => opened.down());
    // The stack goes down with everything in it: removing a scene from it first would only take time.
    const own = new Cleanup();
    cleanup.add(() => own.run());
    const tools = { stack: opened, directory, cleanup: withoutScenes(own), say };
    const outcome = await (flags.takeover === true ? takeover(flags, tools) : withFaults(flags, tools));
    process.stdout.write(flags.json === true ? `${JSON.stringify(outcome.counts)}\n` : table(outcome.counts));
    if (outcome.right) await rm(directory, { recursive: true });
    else await keep(directory, opened, outcome.verdict);
    return outcome.right ? EXIT.ok : EXIT.differences;
  } catch (error) {
    if (stack !== undefined) await keep(directory, stack);
    throw error;
  } finally {
    await cleanup.run();
  }
}

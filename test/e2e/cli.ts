/** `npm run e2e`: the whole way from PostgreSQL to consumers on real servers, with faults. The result goes to stdout, words to stderr. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { openStack, type ProviderName, type Stack } from '../stack/stack.js';
import { keepArtefacts } from './artefacts.js';
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
  .description(
    'Runs orders through PostgreSQL, Debezium, Dragoman and Kafka while parts are killed; compares with the oracle.',
  )
  .option('--orders <n>', 'how many orders live', whole, 2_000)
  .option('--connections <n>', 'connections that write to the legacy database', whole, 8)
  .option('--seed <n>', 'decides what happens to each order, and the order of faults', whole, 7)
  .option('--rate <rows>', `row changes per second (default: so that it lasts about 100 s, at most ${RATE_MAX})`, whole)
  .addOption(
    new Option('--provider <name>', 'how servers are run').choices(['auto', 'native', 'docker']).default('auto'),
  )
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
    cleanup.add(() => opened.down());
    stack = opened;
    const tools: RunTools = { stack: opened, directory, cleanup, say, stackGoesToo: true };
    const outcome = await (flags.takeover === true ? takeover(flags, tools) : withFaults(flags, tools));
    process.stdout.write(flags.json === true ? `${JSON.stringify(outcome.counts)}\n` : table(outcome.counts));
    if (outcome.right) await rm(directory, { recursive: true });
    else await keepArtefacts({ directory, stack: opened, verdict: outcome.verdict, say });
    return outcome.right ? EXIT.ok : EXIT.differences;
  } catch (error) {
    if (stack !== undefined && !cleanup.hasBegun) await keepArtefacts({ directory, stack, say });
    throw error;
  } finally {
    await cleanup.run();
  }
}

async function withFaults(flags: Flags, tools: RunTools): Promise<Outcome> {
  const options = {
    ...flags,
    rate: rateOf(flags),
    keyChanges: flags.keyChanges === true,
    roundsMin: ROUNDS_MIN,
    baselineMs: BASELINE_MS,
  };
  const result = await runWithFaults(options, tools);
  const { aborted } = result.verdict;
  if (flags.faults.includes('dragoman') && aborted.events.length + aborted.journal === 0) {
    say(pc.yellow('no Kafka transaction of Dragoman was aborted: this run says nothing about that; take another seed'));
  }
  return { counts: countsOf(result), right: isRight(result), verdict: result.verdict };
}

async function takeover(flags: Flags, tools: RunTools): Promise<Outcome> {
  const departures = ['kill -9', 'SIGTERM', 'kill -9', 'SIGTERM'] as const;
  const { takeovers, verdict, caughtUp } = await runTakeovers({ ...flags, rate: rateOf(flags), departures }, tools);
  const times = takeovers.flatMap(({ by, runningAfterMs, nextEventAfterMs }, index): [string, number][] => [
    [`${index + 1}. ${by}: successor runs after ms`, runningAfterMs],
    [`${index + 1}. ${by}: next event after ms`, nextEventAfterMs],
  ]);
  const counts = { 'events expected': verdict.expected.length, 'events published': verdict.committed.length };
  const differences = differenceCount(verdict.differences) + verdict.parkedDifferently.length + (caughtUp ? 0 : 1);
  const { events, journal } = verdict.aborted;
  const aborted = { 'aborted events': events.length, 'aborted journal records': journal };
  return {
    counts: { ...Object.fromEntries(times), ...counts, differences, ...aborted },
    right: differences === 0,
    verdict,
  };
}

const rateOf = ({ rate, orders }: Flags): number =>
  rate ?? Math.min(RATE_MAX, Math.max(1, Math.round(orders * RATE_PER_ORDER)));

function onInterrupt(cleanup: Cleanup): void {
  const end = (): void => {
    say('ending everything that was started');
    void cleanup.run().finally(() => process.exit(EXIT.interrupted));
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

function faultKinds(text: string): readonly FaultKind[] {
  if (text === 'all') return FAULT_KINDS;
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const kind = FAULT_KINDS.find((known) => known === name);
    if (kind === undefined) throw new InvalidArgumentError(`It must be all, none, or of ${FAULT_KINDS.join(', ')}.`);
    return kind;
  });
}

function say(line: string): void {
  process.stderr.write(`${pc.dim(`e2e ${new Date().toISOString().slice(11, 19)}`)} ${line}\n`);
}

try {
  program.parse();
  process.exitCode = await main(program.opts<Flags>());
} catch (error) {
  const isUsage = error instanceof CommanderError;
  process.exitCode = !isUsage ? EXIT.internal : error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!isUsage) say(pc.red(error instanceof Error ? (error.stack ?? error.message) : String(error)));
}

/** `npm run e2e`: the whole way from PostgreSQL to consumers on real servers, with faults. The result goes to stdout, words to stderr. */
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import type { ProviderName } from '../stack/stack.js';
import { endOnInterrupt, EXIT, runMain, sayAs, wholeNumber } from './command-line.js';
import { differenceCount } from './compare.js';
import { FAULT_KINDS, type FaultKind } from './faults.js';
import { Ground, type Outcome } from './ground.js';
import { countsOf, isRight, table } from './report.js';
import { runTakeovers } from './run-takeover.js';
import { runWithFaults } from './run-faults.js';
import { SCENARIOS } from './scenarios/scenarios.js';
import type { Scenario } from './scenarios/scenario.js';
import type { RunTools } from './tools.js';

interface Flags {
  readonly scenario?: string;
  readonly orders?: number;
  readonly connections: number;
  readonly seed: number;
  readonly rate?: number;
  readonly provider: ProviderName | 'auto';
  readonly faults: readonly FaultKind[];
  readonly keyChanges?: boolean;
  readonly takeover?: boolean;
  readonly shards: number;
  readonly json?: boolean;
}

const say = sayAs('e2e');
/** A run lasts about 100 seconds, whatever the number of orders, until the machine cannot follow: an order makes 30 rows. */
const RATE_PER_ORDER = 0.3;
const RATE_MAX = 600;
const ORDERS = 2_000;
const ROUNDS_MIN = 2;
const BASELINE_MS = 3_000;

const program = new Command('e2e')
  .description(
    'Runs orders through PostgreSQL, Debezium, Dragoman and Kafka while parts are killed; compares with the oracle.',
  )
  .addOption(new Option('--scenario <name>', 'instead of faults in turn: one story').choices(Object.keys(SCENARIOS)))
  .option('--orders <n>', `how many orders live (default ${ORDERS}; a scenario has its own)`, wholeNumber)
  .option('--connections <n>', 'connections that write to the legacy database', wholeNumber, 8)
  .option('--seed <n>', 'decides what happens to each order, and the order of faults', wholeNumber, 7)
  .option(
    '--rate <rows>',
    `row changes per second (default: so that it lasts about 100 s, at most ${RATE_MAX})`,
    wholeNumber,
  )
  .addOption(
    new Option('--provider <name>', 'how servers are run').choices(['auto', 'native', 'docker']).default('auto'),
  )
  .option('--faults <list>', `all, none, or of ${FAULT_KINDS.join(',')}`, faultKinds, FAULT_KINDS)
  .option('--key-changes', 'about one order in a hundred gets another number, which parks it')
  .option('--takeover', 'instead of faults: two instances, the owner is killed or stopped; prints the take-over times')
  .option('--shards <n>', 'the pipeline has so many, over two processes; with faults only', wholeNumber, 1)
  .option('--json', 'the result as JSON')
  .addHelpText('after', '\nExit codes: 0 no difference, 1 internal, 2 usage, 3 differences, 130 interrupted.')
  .exitOverride();

async function main(flags: Flags): Promise<number> {
  const ground = new Ground(flags.provider, say);
  endOnInterrupt(ground, say);
  const outcomes = await chosen(flags)(flags, ground);
  for (const { title, counts } of outcomes) {
    if (flags.json === true)
      process.stdout.write(`${JSON.stringify(title === undefined ? counts : { title, ...counts })}\n`);
    else process.stdout.write(`${title === undefined ? '' : `\n${title}\n`}${table(counts)}`);
  }
  return outcomes.every(({ right }) => right) ? EXIT.ok : EXIT.differences;
}

function chosen(flags: Flags): Scenario {
  const scenario = flags.scenario === undefined ? undefined : SCENARIOS[flags.scenario];
  if (scenario !== undefined) return scenario;
  const run = flags.takeover === true ? takeover : withFaults;
  return async (_, ground) => [await ground.use({}, (tools) => run(flags, tools))];
}

async function withFaults(flags: Flags, tools: RunTools): Promise<Outcome> {
  const options = {
    ...flags,
    orders: ordersOf(flags),
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

const ordersOf = ({ orders = ORDERS }: Flags): number => orders;

const rateOf = (flags: Flags): number =>
  flags.rate ?? Math.min(RATE_MAX, Math.max(1, Math.round(ordersOf(flags) * RATE_PER_ORDER)));

function faultKinds(text: string): readonly FaultKind[] {
  if (text === 'all') return FAULT_KINDS;
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const kind = FAULT_KINDS.find((known) => known === name);
    if (kind === undefined) throw new InvalidArgumentError(`It must be all, none, or of ${FAULT_KINDS.join(', ')}.`);
    return kind;
  });
}

await runMain(() => {
  program.parse();
  return main(program.opts<Flags>());
}, say);

/** The command line of the bench -> what to measure. */
import { InvalidArgumentError, Command } from 'commander';
import { parse as parseYaml } from 'yaml';
import type { ProviderName } from '../test/stack/stack.js';
import type { WorkloadKind } from './backlog/workload.js';
import { BenchError } from './bench-error.js';

export interface BenchOptions {
  readonly workload: WorkloadKind;
  readonly drain: boolean;
  readonly latency: boolean;
  readonly profile: boolean;
  /** Rows of one source transaction; null: not measured. */
  readonly bigTransaction: number | null;
  /** Lines of every order, for each drain; none: not measured. */
  readonly orderLines: readonly number[];
  readonly laggingPartition: boolean;
  /** One percent of the row changes made wrong, beside the ordinary backlog. */
  readonly poison: boolean;
  readonly avro: boolean;
  readonly exactlyOnceCost: boolean;
  /** How many, for each drain; none: not measured. */
  readonly shards: readonly number[];
  /** Aggregates to restore; null: not measured. */
  readonly restore: number | null;
  /** Orders whose rows and states are compared; null: not measured. */
  readonly reconcile: number | null;
  /** Events to read with the consumer kit; null: not measured. */
  readonly consumer: number | null;
  readonly rows: number;
  readonly runs: number;
  readonly rates: readonly number[];
  /** Live connections to the console, for each latency; 0: none. */
  readonly live: readonly number[];
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly provider: ProviderName | 'auto';
  readonly against: string | null;
  readonly control: boolean;
  readonly resumed: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}

interface Flags {
  readonly tpcc?: boolean;
  readonly drain?: boolean;
  readonly latency?: boolean;
  readonly profile?: boolean;
  readonly bigTransaction?: number;
  readonly orderLines?: readonly number[];
  readonly laggingPartition?: boolean;
  readonly poison?: boolean;
  readonly avro?: boolean;
  readonly exactlyOnceCost?: boolean;
  readonly shards?: readonly number[];
  readonly restore?: boolean;
  readonly aggregates?: number;
  readonly reconcile?: boolean;
  readonly consumer?: boolean;
  readonly events?: number;
  readonly quick?: boolean;
  readonly rows?: number;
  readonly runs?: number;
  readonly rates: readonly number[];
  readonly live?: readonly number[];
  readonly seconds?: number;
  readonly warmup?: number;
  readonly provider: ProviderName | 'auto';
  readonly against?: string;
  readonly control: boolean;
  readonly resumed?: boolean;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly json?: boolean;
}

const DEFAULTS = {
  rows: { retailer: 520_000, tpcc: 770_000 },
  runs: 3,
  seconds: 60,
  warmupSeconds: 10,
  aggregates: 1_000_000,
  events: 200_000,
};
const QUICK = {
  rows: { retailer: 100_000, tpcc: 100_000 },
  runs: 1,
  seconds: 15,
  warmupSeconds: 5,
  aggregates: 20_000,
  events: 20_000,
};

export function benchCommand(): Command {
  return new Command('bench')
    .description('Measures Dragoman on a real broker and Redis; see bench/README.md.')
    .option('--drain', 'how fast a backlog is worked off')
    .option('--latency', 'how late events are at a steady rate (neither option: both)')
    .option('--tpcc', "drains of orders of TPC-C's shape, a third of them from a snapshot, instead of the retailer's")
    .option('--profile', 'one drain under the CPU profiler, with the functions that take the time')
    .option('--big-transaction <rows>', 'a drain with one source transaction of so many rows in its middle', whole)
    .option('--order-lines <list>', 'drains of orders with so many lines each, beside the ordinary one', wholes)
    .option('--lagging-partition', "a drain in which one table's records come late and slowly")
    .option('--poison', 'a drain in which 1 % of all row changes park their order, beside the ordinary one')
    .option('--avro', 'a drain of the backlog in Avro, beside the ordinary one in JSON')
    .option('--exactly-once-cost', 'drains with and without Kafka transactions, in alternation')
    .option('--shards <list>', 'drains with so many shards each, in as many processes', wholes)
    .option(
      '--restore',
      'how fast an empty Redis is filled out of the state topic (with --profile: under the profiler)',
    )
    .option('--reconcile', 'how fast the legacy database is compared with the states; goes alone')
    .option('--aggregates <n>', `aggregates to restore, or to compare (default ${DEFAULTS.aggregates})`, whole)
    .option('--consumer', 'how many events the consumer kit takes; goes alone')
    .option('--events <n>', `events for the consumer kit (default ${DEFAULTS.events})`, whole)
    .option(
      '--rows <n>',
      `row changes of the backlog (default ${DEFAULTS.rows.retailer}; ${DEFAULTS.rows.tpcc} with --tpcc)`,
      whole,
    )
    .option('--runs <n>', `drains of each variant (default ${DEFAULTS.runs}; 1 at the limits)`, whole)
    .option('--rates <list>', 'row changes per second', wholes, [1_000, 3_000])
    .option('--live <list>', 'latency also with so many live connections to the console open (at most 200)', wholes)
    .option('--seconds <n>', `length of a latency measurement (default ${DEFAULTS.seconds})`, whole)
    .option('--warmup <n>', `seconds before it, at the same rate (default ${DEFAULTS.warmupSeconds})`, whole)
    .option('--quick', 'a small backlog, one run, no control, short latency: only to see that all works')
    .option('--provider <name>', 'auto, docker or native', provider, 'auto')
    .option('--against <dir>', 'another checkout of Dragoman, measured in alternation')
    .option('--no-control', 'do not measure the same build a second time as "A2"')
    .option('--resumed', 'drain: Dragoman has run before and was stopped; without it, it starts for the first time')
    .option('--set <yaml>', "laid over the config's top level, such as '{commit: {lingerMs: 5}}'", settings)
    .option('--json', 'figures as JSON on stdout');
}

/** @throws BenchError USAGE */
export function optionsOf(flags: Flags): BenchOptions {
  const size = flags.quick === true ? QUICK : DEFAULTS;
  const workload = flags.tpcc === true ? 'tpcc' : 'retailer';
  const limits = [flags.bigTransaction, flags.orderLines, flags.laggingPartition, flags.poison, flags.avro].some(
    (flag) => flag !== undefined,
  );
  const isAll =
    !limits &&
    flags.exactlyOnceCost !== true &&
    flags.shards === undefined &&
    flags.restore !== true &&
    flags.reconcile !== true &&
    flags.consumer !== true &&
    flags.drain !== true &&
    flags.latency !== true &&
    flags.profile !== true;
  const options: BenchOptions = {
    workload,
    drain: isAll || flags.drain === true,
    latency: (isAll && workload === 'retailer') || flags.latency === true,
    profile: flags.profile === true,
    bigTransaction: flags.bigTransaction ?? null,
    orderLines: flags.orderLines ?? [],
    laggingPartition: flags.laggingPartition === true,
    poison: flags.poison === true,
    avro: flags.avro === true,
    exactlyOnceCost: flags.exactlyOnceCost === true,
    shards: [...new Set(flags.shards ?? [])],
    restore: flags.restore === true ? (flags.aggregates ?? size.aggregates) : null,
    reconcile: flags.reconcile === true ? (flags.aggregates ?? size.aggregates) : null,
    consumer: flags.consumer === true ? (flags.events ?? size.events) : null,
    rows: flags.rows ?? size.rows[workload],
    runs: flags.runs ?? (limits ? QUICK.runs : size.runs),
    rates: flags.rates,
    live: [0, ...new Set(flags.live ?? [])],
    seconds: flags.seconds ?? size.seconds,
    warmupSeconds: flags.warmup ?? size.warmupSeconds,
    provider: flags.provider,
    against: flags.against ?? null,
    control: flags.control && flags.quick !== true,
    resumed: flags.resumed === true,
    config: flags.set ?? {},
    json: flags.json === true,
  };
  assertFits(options, limits);
  assertEnoughRows(options);
  return options;
}

/** The other measurements know the retailer's tables, or feed a stream that began with nothing. */
function assertFits({ workload, latency, restore }: BenchOptions, limits: boolean): void {
  if (workload === 'retailer' || !(latency || limits || restore !== null)) return;
  throw new BenchError(
    'USAGE',
    '--tpcc goes with --drain, --shards, --profile and --exactly-once-cost; latency, limits and restore are measured with the orders of the retailer: leave --tpcc out',
  );
}

function assertEnoughRows({ latency, rates, rows, warmupSeconds, seconds }: BenchOptions): void {
  const needed = Math.max(...rates) * (warmupSeconds + seconds);
  if (!latency || needed <= rows) return;
  throw new BenchError(
    'USAGE',
    `${needed} row changes are needed for this latency: give --rows ${needed} or less time`,
  );
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0');
}

const wholes = (text: string): number[] => text.split(',').map(whole);

function provider(text: string): ProviderName | 'auto' {
  if (text === 'auto' || text === 'docker' || text === 'native') return text;
  throw new InvalidArgumentError('expected auto, docker or native');
}

function settings(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = parseYaml(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InvalidArgumentError('expected a YAML mapping');
}

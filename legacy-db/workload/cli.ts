/**
 * `npm run workload`: runs the workload generator; the summary goes to stdout as JSON, progress to stderr.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { DEFAULT_URL, installLegacyDb } from '../database.js';
import { runCli } from '../run-cli.js';
import { CONNECTIONS_MAX, DEFAULT_FIRST_ORDER, runWorkload, type WorkloadOptions } from './run-workload.js';

type Flags = WorkloadOptions & { install?: boolean; audit?: boolean };
const PROGRESS_EVERY_MS = 2_000;

const program = new Command('workload')
  .description('Drives orders through whole lives in the legacy database.')
  .requiredOption('--orders <n>', 'how many orders', number)
  .option('--rate <rows>', 'row changes per second, 0 = as fast as possible', number, 0)
  .option('--connections <n>', `concurrent connections, at most ${CONNECTIONS_MAX}`, number, 4)
  .option('--seed <n>', 'decides what happens to each order', number, 1)
  .option('--first-order <n>', 'number of the first order', number, DEFAULT_FIRST_ORDER)
  .option('--url <url>', 'legacy database', DEFAULT_URL)
  .addOption(
    new Option('--profile <name>', 'simple: plain lives, fast, for benches')
      .choices(['full', 'simple'])
      .default('full'),
  )
  .option('--lines <n>', 'lines of every order (default: 1 to 5, simple: 8)', number)
  .option('--orders-alive <n>', 'orders that live at one time (default: 8 for each connection, at least 20)', number)
  .option('--key-changes', 'about one order in a hundred gets another number')
  .option('--install', 'create database and schema first')
  .option('--audit', 'create database, schema and the audit for the oracle first');

async function main(flags: Flags): Promise<void> {
  if (flags.install === true || flags.audit === true)
    await installLegacyDb({ url: flags.url, audit: flags.audit === true });
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  let shownMs = Date.now();
  const summary = await runWorkload({
    ...flags,
    signal: interrupt.signal,
    onProgress: (finished, counts) => {
      if (Date.now() - shownMs < PROGRESS_EVERY_MS) return;
      shownMs = Date.now();
      const { committed, rolledBack, rows } = counts;
      process.stderr.write(
        pc.dim(
          `workload: ${finished}/${flags.orders} orders, ${committed} commits, ${rolledBack} rollbacks, ${rows} rows\n`,
        ),
      );
    },
  });
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

function number(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

await runCli(program, () => main(program.opts<Flags>()));

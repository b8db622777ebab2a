/**
 * `npm run oracle`: the expected integration events of a legacy database, or of a recording, on stdout.
 *
 * One JSON line for each event, in commit order; with `--json` one document with a summary. Words go to stderr.
 */
import { Command } from 'commander';
import pc from 'picocolors';
import { DEFAULT_URL } from '../database.js';
import { runCli } from '../run-cli.js';
import type { Expectation } from './expected-events.js';
import { expectation, parseLsn } from './run-oracle.js';
import { truthToExpectedEvents } from './truth-file.js';

interface OracleFlags {
  url: string;
  sinceLsn?: bigint;
  afterTransaction?: number;
  truth?: string;
  json?: boolean;
}

const program = new Command('oracle')
  .description('Events that a correct translation of the legacy database publishes, computed without Dragoman.')
  .option('--url <url>', 'legacy database with the audit installed', DEFAULT_URL)
  .option('--since-lsn <lsn>', 'commits that end at or before this log position are the silent baseline', parseLsn)
  .option('--after-transaction <txid>', 'this transaction and those before it are the silent baseline', Number)
  .option('--truth <file>', 'read NAME.truth.ndjson of a recording instead of a database')
  .option('--json', 'one JSON document {summary, parked, events} instead of one line for each event');

async function main(flags: OracleFlags): Promise<void> {
  const found =
    flags.truth !== undefined
      ? truthToExpectedEvents(flags.truth)
      : await expectation(flags.url, {
          ...(flags.sinceLsn === undefined ? {} : { sinceLsn: flags.sinceLsn }),
          ...(flags.afterTransaction === undefined ? {} : { afterTransaction: flags.afterTransaction }),
        });
  const summary = summarise(found);
  if (flags.json === true) {
    const parked = Object.fromEntries(found.parked);
    process.stdout.write(`${JSON.stringify({ summary, parked, events: found.events }, null, 2)}\n`);
  } else {
    for (const event of found.events) process.stdout.write(`${JSON.stringify(event)}\n`);
  }
  process.stderr.write(`${pc.dim(`oracle: ${JSON.stringify(summary)}`)}\n`);
}

function summarise(found: Expectation): Record<string, number> {
  const counts: Record<string, number> = { events: found.events.length, parked: found.parked.size };
  for (const event of found.events) counts[event.eventType] = (counts[event.eventType] ?? 0) + 1;
  return counts;
}

await runCli(program, () => main(program.opts<OracleFlags>()));

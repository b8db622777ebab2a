/** Names and help of the repairs of events. */
import type { Command } from 'commander';
import type { Ending } from '../exit.js';
import { wholeNumber } from '../options/whole-number.js';
import { moment } from '../record/moment.js';
import type { RepairOptions, RepublishOptions } from './repair.js';

interface Parts {
  readonly changing: (command: Command) => Command;
  readonly ending: Ending;
}

const RATE = 50;
const EVENTS = 1_000;

/** @param repair the group of all repairs. */
export function addEventRepairs(repair: Command, { changing, ending }: Parts): void {
  scoped(changing(repair.command('republish').description('Publish events once more: same ids, same bytes, marked.')))
    .option('--to <topic>', 'into this audience topic (default: the topics in which they were published)')
    .option('--override <text>', 'why it is done although a service speaks for some of them')
    .action(ending(async (options: RepublishOptions) => (await import('./repair.js')).republishCommand(options)));
  scoped(
    changing(
      repair.command('correct').description('Publish corrections of events, as the rules say how they are made.'),
    ),
  ).action(ending(async (options: RepairOptions) => (await import('./repair.js')).correctCommand(options)));
}

const scoped = (command: Command): Command =>
  command
    .option('--aggregate <type>', 'only of this type of aggregate')
    .option('--id <key>', 'only of this one (may be repeated; with --aggregate)', each)
    .option('--contract <name>', 'only under this one, such as OrderReady.v1 (may be repeated)', each)
    .option('--event <id>', 'only this one (may be repeated)', each)
    .option('--discrepancy <id>', 'what repairs this one, while it is open (may be repeated)', each)
    .option('--check <check>', 'what repairs all open ones of this check: published or projection:<consumer>')
    .option('--class <class>', 'what repairs all open ones of this class')
    .option('--since <time>', 'only what was published from then on', moment)
    .option('--until <time>', 'only what was published before then', moment)
    .option('--rate <n>', 'events in a second', wholeNumber, RATE)
    .option('--max <n>', 'refuse when there are more events', wholeNumber, EVENTS)
    .option('--resume <repair>', 'go on with this repair, leaving out what it has done');

const each = (text: string, before: readonly string[] = []): string[] => [...before, text];

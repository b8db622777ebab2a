/** The commands of whoever begins with rules: names, help and options. */
import type { Command } from 'commander';
import type { Ending } from '../exit.js';
import { moment } from '../record/moment.js';
import type { RecordOptions } from '../record/record.js';
import type { InitOptions } from './init.js';
import { wholeNumber } from '../options/whole-number.js';

export function addAuthorCommands(dragoman: Command, ending: Ending): void {
  dragoman
    .command('init')
    .description(
      'Propose a folder of rules to begin with, from what there is: each guess beside its evidence. Overwrites nothing.',
    )
    .argument('<folder>', 'where the rules are written')
    .option('--recording <file>', 'look at a recording: NDJSON, one Kafka record a line')
    .option('--database <address>', 'look at a database: postgres://user@host:5432/name, mariadb://user@host:3306/name')
    .option('--password-file <file>', 'file with the password of that user (default: $DRAGOMAN_DATABASE_PASSWORD)')
    .option('--schemas <names...>', 'only these schemas of the database')
    .option('--topics', 'look at the topics of the sources of the config')
    .option('--prefix <names...>', 'look at the topics of these connectors (topic.prefix) instead')
    .option('--brokers <addresses...>', 'Kafka, host:port (default: the config)')
    .option('--rows <n>', 'so many rows of each table, or records of each partition (default: 10000)', wholeNumber)
    .option('-c, --config <file>', 'config file (default: $DRAGOMAN_CONFIG, else dragoman.yaml)')
    .option(
      '--tables <names...>',
      'only these tables, as the change events call them; * stands for any characters but a dot',
    )
    .option(
      '--root <table>',
      'the table that the aggregate begins with (default: the one that looks most like a header)',
    )
    .option('--json', 'what was proposed as JSON')
    .action(
      ending(async (folder: string, options: InitOptions) => (await import('./init.js')).initCommand(folder, options)),
    );
  dragoman
    .command('record')
    .description('Write topics to a recording that rules are tried with; columns of a class are taken out.')
    .argument('<file>', 'NDJSON; compressed when it ends with .gz or .zst. Nothing is overwritten')
    .option('--prefix <names...>', 'topics of these connectors (topic.prefix; default: the sources of the config)')
    .option('--brokers <addresses...>', 'Kafka, host:port (default: the config)')
    .option('--since <time>', 'what the broker got since this time (ISO 8601 with its zone, or a day in UTC)', moment)
    .option('--until <time>', 'what it got before this time', moment)
    .option('--transactions <ids...>', 'only rows of these source transactions, as the journal names them')
    .option('--aggregates <names...>', 'only rows of these aggregates, as the rules join them: order:4711')
    .option(
      '--redact <classes...>',
      'classes that are taken out; undeclared; none (default: classed, which is all classes)',
    )
    .option('--resume', 'go on with a recording that was interrupted')
    .option('-c, --config <file>', 'config file (default: $DRAGOMAN_CONFIG, else dragoman.yaml)')
    .option('-r, --rules <dir>', 'folder of the rules (default: the config)')
    .option('--json', 'what was recorded as JSON')
    .action(
      ending(async (file: string, options: RecordOptions) =>
        (await import('../record/record.js')).recordCommand(file, options),
      ),
    );
}

/** The command line. Values are checked by the commands; here are names, help and the way out. */
import { Command, Option } from 'commander';
import { BEGINNING_POLICIES } from '../domain/source/beginning.js';
import { errorText, EXIT, exitCodeOf, say } from './exit.js';
import type { CommonOptions } from './load.js';
import { addAuthorCommands } from './init/commands.js';
import { addOperatorCommands } from './operator-commands.js';
import { addConformCommand } from './conform/commands.js';
import { addContractsCommands } from './contracts/commands.js';
import { addRulesCommands } from './rules/commands.js';
import { addStateCommands } from './state/commands.js';
import { moment } from './record/moment.js';
import type { TokenOptions } from './token.js';
import { eachUrl, MEMBER_WORDS } from './options/url-option.js';
import { version } from './version.js';
import { addWhyCommands } from './why/commands.js';
import { wholeNumber } from './options/whole-number.js';

type Action<A extends unknown[]> = (...args: A) => Promise<number>;

export function program(): Command {
  const dragoman = new Command('dragoman')
    .description('Turns the row changes of a legacy order database into business events.')
    .version(version)
    .showHelpAfterError('(add --help for more)')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 internal, 2 usage, 3 findings, 5 dependency unreachable, 6 refused.\n' +
        'Example: dragoman check --recording my-recording.ndjson. To begin: dragoman init, and docs/first-rule.md.',
    );

  common(dragoman.command('run').description('Run the pipelines until told to stop.'))
    .option('--create-topics', 'first create internal and contract topics that are missing')
    .option('--accept-topics <topics...>', 'these were made again or have other partitions, and are right as they are')
    .option('--accept-names <names...>', 'these names of rules are gone for good, or mean something else, on purpose')
    .action(ending(async (options: CommonOptions) => (await import('./run/run.js')).runCommand(options)));
  common(
    dragoman.command('translate').description('Run a recording of Debezium topics through the rules, without servers.'),
  )
    .argument('<recording>', 'NDJSON file, one Kafka record a line')
    .option('--journal <file>', 'write the journal entries (every decision) to this file, as NDJSON')
    .addOption(
      new Option('--beginning <how>', 'what the recording begins with (default: the config, else snapshot)').choices(
        BEGINNING_POLICIES,
      ),
    )
    .action(
      ending(async (file: string, options: CommonOptions) =>
        (await import('./rules/translate.js')).translateCommand(file, options),
      ),
    );
  common(
    dragoman
      .command('check')
      .description(
        'Check rules, with their types and tests, and the config if there is one; report everything at once.',
      ),
  )
    .option('--no-tests', "leave the rules' tests out")
    .option('--recording <file>', 'also run a recording through the rules: what is parked, what drifted')
    .option('--watch', 'check again after each change of the rules')
    .option('--json', 'findings as JSON')
    .action(ending(async (options: CommonOptions) => (await import('./rules/check/check.js')).checkCommand(options)));
  common(
    dragoman
      .command('topics')
      .description('Create missing internal and contract topics, and verify those that are there.'),
  )
    .option('--verify', 'create nothing')
    .option('--sources', "also create missing source topics, before the connector's first record does")
    .option('--json', 'result as JSON')
    .action(ending(async (options: CommonOptions) => (await import('./topics/topics.js')).topicsCommand(options)));
  common(
    dragoman
      .command('drift')
      .description('Compare what the table topics, or a recording, hold with what the rules declare.'),
  )
    .argument('[recording]', 'NDJSON file, one Kafka record a line (default: the topics of the sources)')
    .option('--records <n>', 'look at the last so many records of each partition (default: 10000)', wholeNumber)
    .option(
      '--since <time>',
      'look at what came since this time (ISO 8601 with its zone, or a day in UTC) instead',
      moment,
    )
    .option('--other-tables', 'also name the topics of tables that no rule declares')
    .option('--json', 'findings as JSON')
    .action(
      ending(async (file: string | undefined, options: CommonOptions) =>
        (await import('./rules/drift.js')).driftCommand(file, options),
      ),
    );
  addRulesCommands(dragoman, common, ending);
  addContractsCommands(dragoman, common, ending);
  addConformCommand(dragoman, common, ending);
  addAuthorCommands(dragoman, ending);
  addWhyCommands(dragoman, common, ending);
  addOperatorCommands(dragoman, common, ending);
  common(
    dragoman
      .command('doctor')
      .description('Look at the whole chain, from the connector to Redis, and say what to change.'),
  )
    .option('--connect <url>', "Kafka Connect's REST address (default: the config)")
    .option('--member <url>', MEMBER_WORDS, eachUrl)
    .option('--token-file <file>', 'file with a token of the role viewer or operator (default: $DRAGOMAN_TOKEN)')
    .option('--json', 'lines as JSON')
    .action(ending(async (options: CommonOptions) => (await import('./doctor/doctor.js')).doctorCommand(options)));
  addStateCommands(dragoman, common, ending);
  dragoman
    .command('token')
    .description('Make a token for the HTTP surface; it is shown once.')
    .argument('<role>', 'metrics, viewer or operator: each may what those before it may')
    .requiredOption('--name <name>', 'who gets it')
    .option('--tokens <file>', 'put its line into this tokens file, in the place of the one with the same name')
    .option('--out <file>', 'write the token to this file instead of showing it')
    .option('--json', 'result as JSON')
    .action(
      ending(async (role: string, options: TokenOptions) => (await import('./token.js')).tokenCommand(role, options)),
    );
  const config = dragoman.command('config').description('Look at the configuration.');
  common(config.command('print').description('Print the effective values with their origin; secrets are hidden.'))
    .option('--json', 'as JSON')
    .action(ending(async (options: CommonOptions) => (await import('./config.js')).configPrintCommand(options)));
  return dragoman;
}

const common = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'config file (default: $DRAGOMAN_CONFIG, else dragoman.yaml)')
    .option('-r, --rules <dir>', 'folder of the rules (default: the config)');

/** Turns what a command returns or throws into the exit code. */
const ending =
  <A extends unknown[]>(action: Action<A>) =>
  async (...args: A): Promise<void> => {
    try {
      process.exitCode = await action(...args);
    } catch (error) {
      say(errorText(error));
      process.exitCode = exitCodeOf(error);
    }
  };

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(throwInsteadOfExit);
}

export async function main(argv: readonly string[]): Promise<void> {
  // Nothing depends on where this machine is: not in rules either, whatever a library makes of a text without a zone.
  process.env['TZ'] = 'UTC';
  const dragoman = program();
  throwInsteadOfExit(dragoman);
  try {
    await dragoman.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const isHelp = error instanceof Error && 'exitCode' in error && error.exitCode === 0;
    process.exitCode = isHelp ? EXIT.ok : EXIT.usage;
  }
}

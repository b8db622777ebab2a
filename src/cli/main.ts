/** The command line. Values are checked by the commands; here are names, help and the way out. */
import { Command } from 'commander';
import { errorText, EXIT, exitCodeOf, say } from './exit.js';
import type { CommonOptions } from './load.js';
import { version } from './version.js';

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
        'Example: dragoman translate test/recordings/postgres/01-lifecycle.ndjson',
    );

  common(dragoman.command('run').description('Run the pipelines until told to stop.'))
    .option('--create-topics', 'first create internal and contract topics that are missing')
    .action(ending(async (options: CommonOptions) => (await import('./run.js')).runCommand(options)));
  common(
    dragoman.command('translate').description('Run a recording of Debezium topics through the rules, without servers.'),
  )
    .argument('<recording>', 'NDJSON file, one Kafka record a line')
    .option('--journal <file>', 'write the journal entries (every decision) to this file, as NDJSON')
    .action(
      ending(async (file: string, options: CommonOptions) =>
        (await import('./translate.js')).translateCommand(file, options),
      ),
    );
  common(dragoman.command('check').description('Check config and rules; report all problems at once.'))
    .option('--json', 'problems as JSON')
    .action(ending(async (options: CommonOptions) => (await import('./check.js')).checkCommand(options)));
  common(
    dragoman
      .command('topics')
      .description('Create missing internal and contract topics, and verify those that are there.'),
  )
    .option('--verify', 'create nothing')
    .option('--sources', "also create missing source topics, before the connector's first record does")
    .option('--json', 'result as JSON')
    .action(ending(async (options: CommonOptions) => (await import('./topics.js')).topicsCommand(options)));
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

export async function main(argv: readonly string[]): Promise<void> {
  const dragoman = program();
  dragoman.exitOverride();
  for (const command of dragoman.commands) command.exitOverride();
  try {
    await dragoman.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const isHelp = error instanceof Error && 'exitCode' in error && error.exitCode === 0;
    process.exitCode = isHelp ? EXIT.ok : EXIT.usage;
  }
}

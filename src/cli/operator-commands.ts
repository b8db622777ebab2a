/** Names and help of what operators decide; each leads to the commands log. */
import { type Command, InvalidArgumentError } from 'commander';
import { addDiscrepanciesCommands } from './discrepancies/commands.js';
import type { Ending } from './exit.js';
import type { ChangeOptions, OperatorOptions } from './operator/operator.js';
import type { TablesKnownOptions } from './operator/tables.js';
import { addParityCommands } from './parity/commands.js';
import { addParkedCommands } from './parked/commands.js';
import { addPinnedCommands } from './pinned/commands.js';
import { addReconcileCommands } from './reconcile/commands.js';
import { addRepairCommands } from './repair/commands.js';
import { addRoutesCommands } from './routes/commands.js';
import { eachUrl, MEMBER_WORDS } from './options/url-option.js';

export function addOperatorCommands(dragoman: Command, common: (command: Command) => Command, ending: Ending): void {
  const looking = (command: Command): Command =>
    common(command)
      .option('--pipeline <name>', 'which pipeline (default: the only one)')
      .option('--json', 'result as JSON');
  const changing = (command: Command): Command =>
    looking(command)
      .option('--reason <text>', 'why; kept with the decision (required)')
      .option('--by <who>', 'who decides (default: the user of the system)')
      .option('--dry-run', 'show what it would do, and send nothing')
      .option('--wait <seconds>', 'wait so long for what becomes of it', seconds, 10);
  const member = (command: Command): Command =>
    command
      .option('--member <url>', MEMBER_WORDS, eachUrl)
      .option('--token-file <file>', 'token with the role viewer or operator (default: $DRAGOMAN_TOKEN)');

  const transactions = dragoman.command('transactions').description('Source transactions that are held.');
  member(looking(transactions.command('list').description('Show which source transactions are held, and why.'))).action(
    ending(async (options: OperatorOptions) =>
      (await import('./operator/transactions.js')).transactionsListCommand(options),
    ),
  );
  for (const [how, words] of [
    ['release', 'Let a held source transaction pass as it is.'],
    ['quarantine', 'Let a held source transaction go, parking every aggregate that it touches.'],
  ] as const) {
    member(changing(transactions.command(how).description(words)))
      .argument('<source>', 'name of the source')
      .argument('<transaction>', 'its id, as `transactions list` shows it')
      .action(
        ending(async (source: string, transaction: string, options: ChangeOptions) =>
          (await import('./operator/transactions.js')).transactionCommand(how, source, transaction, options),
        ),
      );
  }

  const tables = dragoman.command('tables').description('Tables of which everything is known, or not.');
  looking(
    tables.command('list').description('Show which tables are known, and where the facts of each source begin.'),
  ).action(
    ending(async (options: OperatorOptions) => (await import('./operator/tables.js')).tablesListCommand(options)),
  );
  changing(
    tables.command('known').description('Say that a snapshot of tables ended, so that what reads them is decided.'),
  )
    .argument('<source>', 'name of the source')
    .argument('[tables...]', 'names of their definitions')
    .option('--all', 'all that are not known')
    .action(
      ending(async (source: string, named: string[], options: TablesKnownOptions) =>
        (await import('./operator/tables.js')).tablesKnownCommand(source, named, options),
      ),
    );

  addParkedCommands(dragoman, { looking, changing, ofAggregate, ending });
  addPinnedCommands(dragoman, { looking, changing, ending });
  addRoutesCommands(dragoman, { looking, changing, ending });
  addParityCommands(dragoman, { looking, changing, ending });
  addReconcileCommands(dragoman, { looking, ending });
  addDiscrepanciesCommands(dragoman, { looking, ending });
  addRepairCommands(dragoman, { changing, ending });

  ofAggregate(
    changing(dragoman.command('forget').description('Forget what an aggregate is; what it published stays published.')),
  ).action(
    ending(async (aggregate: string, id: string, options: ChangeOptions) =>
      (await import('./operator/forget.js')).forgetCommand(aggregate, id, options),
    ),
  );

  const missed = dragoman.command('missed').description('What happened while nobody read, as snapshots show it.');
  looking(missed.command('list').description('Show which aggregates missed facts or rows.')).action(
    ending(async (options: OperatorOptions) => (await import('./operator/missed.js')).missedListCommand(options)),
  );
  ofAggregate(changing(missed.command('publish').description('Publish the missed facts of an aggregate.'))).action(
    ending(async (aggregate: string, id: string, options: ChangeOptions) =>
      (await import('./operator/missed.js')).missedPublishCommand(aggregate, id, options),
    ),
  );
  ofAggregate(
    changing(missed.command('dismiss').description('Let the missed facts of an aggregate be; publish nothing.')),
  )
    .option('--keep-rows', 'rows that the snapshot did not show are there after all; else they are forgotten')
    .action(
      ending(async (aggregate: string, id: string, options: ChangeOptions) =>
        (await import('./operator/missed.js')).missedDismissCommand(aggregate, id, options),
      ),
    );
}

const ofAggregate = (command: Command): Command =>
  command.argument('<aggregate>', 'its type in the rules').argument('<id>', 'its business key');

const WAIT_SECONDS_MAX = 3_600;

function seconds(text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && value <= WAIT_SECONDS_MAX) return value;
  throw new InvalidArgumentError(`expected 0 to ${WAIT_SECONDS_MAX} seconds`);
}

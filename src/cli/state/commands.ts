/** Names and help of what is done with the states of a pipeline. */
import type { Command } from 'commander';
import type { Ending } from '../exit.js';
import { wholeNumber } from '../options/whole-number.js';
import type { OperatorOptions } from '../operator/operator.js';
import type { ConvertOptions } from './convert/convert.js';
import type { ExportOptions } from './export.js';
import type { ImportOptions } from './import.js';
import type { MoveInOptions } from './move/move-in.js';
import type { MoveOutOptions } from './move/move-out.js';
import type { StatsOptions } from './stats.js';

export function addStateCommands(dragoman: Command, common: (command: Command) => Command, ending: Ending): void {
  const looking = (command: Command): Command =>
    common(command)
      .option('--pipeline <name>', 'which pipeline (default: the only one)')
      .option('--json', 'result as JSON');
  const state = dragoman.command('state').description('What Redis holds of a pipeline.');
  looking(state.command('export').description('Write all of it to a file; the pipeline may run meanwhile.'))
    .requiredOption('--to <file>', 'file to write, readable by its owner only')
    .action(ending(async (options: ExportOptions) => (await import('./export.js')).stateExportCommand(options)));
  looking(
    state.command('import').description('Put such a file into a Redis that is empty; the pipeline goes on from it.'),
  )
    .requiredOption('--from <file>', 'file that `state export` wrote')
    .option('--replace', 'delete what Redis holds of this pipeline first')
    .action(ending(async (options: ImportOptions) => (await import('./import.js')).stateImportCommand(options)));
  looking(
    state.command('verify').description('Compare all of it with the state topic; the pipeline may run meanwhile.'),
  ).action(ending(async (options: OperatorOptions) => (await import('./verify.js')).stateVerifyCommand(options)));
  looking(state.command('stats').description('Say how large it is, what is largest, and how it has grown.'))
    .option('--max <n>', 'show so many of the largest aggregates', wholeNumber, 10)
    .option('--since <file>', 'what --json wrote earlier: says how much it has grown')
    .action(ending(async (options: StatsOptions) => (await import('./stats.js')).stateStatsCommand(options)));
  looking(state.command('rules').description('Show which sets of rules decided, or the text of one of them.'))
    .argument('[digest]', 'as the journal and the headers of events have it')
    .action(
      ending(async (digest: string | undefined, options: OperatorOptions) =>
        (await import('./rules.js')).stateRulesCommand(digest, options),
      ),
    );
  looking(
    state.command('move-out').description('Write all of it to a file for another Kafka cluster. No member may run.'),
  )
    .requiredOption('--to <file>', 'file to write, readable by its owner only')
    .action(
      ending(async (options: MoveOutOptions) => (await import('./move/move-out.js')).stateMoveOutCommand(options)),
    );
  looking(
    state
      .command('move-in')
      .description('Go on from such a file on this Kafka cluster; may be broken off and run again. No member may run.'),
  )
    .requiredOption('--from <file>', 'file that `state move-out` wrote')
    .option('--by-position', 'the topics were not mirrored: the connector writes here by itself, from where it was')
    .option('--accept-names <names...>', 'vouch for names in the rules that are gone, or mean something else')
    .action(ending(async (options: MoveInOptions) => (await import('./move/move-in.js')).stateMoveInCommand(options)));
  looking(
    state
      .command('convert')
      .description('Convert what the version before kept; may be broken off and run again. No member may run.'),
  )
    .option('--drop-old', 'give over what that version had: its keys in Redis, and its compacted journal')
    .option('--accept-topics <names...>', 'vouch for topics that are not as they were committed')
    .option('--accept-names <names...>', 'vouch for names in the rules that are gone, or mean something else')
    .action(
      ending(async (options: ConvertOptions) => (await import('./convert/convert.js')).stateConvertCommand(options)),
    );
}

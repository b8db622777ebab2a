/** Names and help of what is asked about rules without running them for real. */
import { type Command, Option } from 'commander';
import { BEGINNING_POLICIES } from '../../domain/source/beginning.js';
import type { Ending } from '../exit.js';
import type { DiffOptions } from './diff/command.js';
import type { GraphOptions } from './graph/command.js';
import { GRAPH_FORMATS } from './graph/graph.js';

export function addRulesCommands(dragoman: Command, common: (command: Command) => Command, ending: Ending): void {
  const rules = dragoman.command('rules').description('Look at rules, and compare them with others.');
  common(rules.command('diff').description('Say which events of a recording other rules give, and why.'))
    .requiredOption('--from <rules>', 'folder of rules, or git revision, to compare with')
    .option('--to <rules>', 'the same, which is compared (default: the folder of the rules)')
    .requiredOption('--recording <file>', 'NDJSON file, one Kafka record a line')
    .addOption(
      new Option('--beginning <how>', 'what the recording begins with (default: the config, else snapshot)').choices(
        BEGINNING_POLICIES,
      ),
    )
    .option('--values', 'also show values of aggregates with personal or secret columns')
    .option('--markdown', 'as Markdown, for a pull request')
    .option('--json', 'result as JSON')
    .action(ending(async (options: DiffOptions) => (await import('./diff/command.js')).rulesDiffCommand(options)));
  common(
    rules.command('graph').description('Draw tables, aggregates, facts, contracts and topics, and what leads to what.'),
  )
    .addOption(new Option('--format <format>', 'mermaid or svg').choices(GRAPH_FORMATS).default('mermaid'))
    .option('--out <file>', 'write to this file instead of showing it')
    .action(ending(async (options: GraphOptions) => (await import('./graph/command.js')).rulesGraphCommand(options)));
}

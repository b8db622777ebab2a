/** Names and help of what is asked about rules without running them for real. */
import { type Command, Option } from 'commander';
import type { Ending } from '../exit.js';
import type { GraphOptions } from './graph/command.js';
import { GRAPH_FORMATS } from './graph/graph.js';

export function addRulesCommands(dragoman: Command, common: (command: Command) => Command, ending: Ending): void {
  const rules = dragoman.command('rules').description('Look at rules, and compare them with others.');
  common(
    rules.command('graph').description('Draw tables, aggregates, facts, contracts and topics, and what leads to what.'),
  )
    .addOption(new Option('--format <format>', 'mermaid or svg').choices(GRAPH_FORMATS).default('mermaid'))
    .option('--out <file>', 'write to this file instead of showing it')
    .action(ending(async (options: GraphOptions) => (await import('./graph/command.js')).rulesGraphCommand(options)));
}

/** Names and help of checks that compare what is with what should be. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Ending } from '../exit.js';
import { wholeNumber } from '../options/whole-number.js';
import type { ReconcileOptions } from './running.js';

interface Parts {
  readonly looking: (command: Command) => Command;
  readonly ending: Ending;
}

interface CheckCommand {
  readonly name: string;
  readonly words: string;
  /** What tells several of its kind apart: `consumer`. */
  readonly of?: string;
  /** Options of its own. */
  readonly options?: (command: Command) => Command;
}

/** The group is there as soon as there is a check. */
const CHECKS: readonly CheckCommand[] = [
  {
    name: 'source',
    words: 'Compare the rows of the legacy database with the states: what is missing, different, or more.',
    options: (command) => command.option('--table <names...>', 'only these tables, as the rules name them'),
  },
];

export function addReconcileCommands(dragoman: Command, { looking, ending }: Parts): void {
  if (CHECKS.length === 0) return;
  const reconcile = dragoman.command('reconcile').description('Compare two sides, and keep what is otherwise.');
  for (const { name, of, words, options: more = asItIs } of CHECKS) {
    const command = more(running(looking(reconcile.command(name).description(words))));
    if (of === undefined) command.action(ending(async (options: ReconcileOptions) => run(name, options)));
    else
      command
        .argument(`<${of}>`, 'whose')
        .action(ending(async (whose: string, options: ReconcileOptions) => run(`${name}:${whose}`, options)));
  }
}

const asItIs = (command: Command): Command => command;

const run = async (name: string, options: ReconcileOptions): Promise<number> =>
  (await import('./running.js')).reconcileCommand(name, options);

const running = (command: Command): Command =>
  command
    .option('--rate <n>', 'look at so many a second at most (default: the config)', wholeNumber)
    .option('--share <percent>', 'use so much of the time at most (default: the config)', percent)
    .option('--restart', 'begin anew (default: go on where the last run was broken off)')
    .option('--reason <text>', 'why; kept with the run')
    .option('--by <who>', 'who runs it (default: the user of the system)');

function percent(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 100) return value;
  throw new InvalidArgumentError('expected more than 0, and 100 at most');
}

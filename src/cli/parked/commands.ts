/** Names and help of what operators decide about parked aggregates. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { REFUSAL_CODES } from '../../domain/refusal.js';
import { IMPORTANCES } from '../../rules/fact.js';
import type { Ending } from '../exit.js';
import { wholeNumber } from '../options/whole-number.js';
import type { ParkedDiscardOptions } from './discard.js';
import type { ParkedListOptions } from './list.js';
import type { ParkedRetryOptions } from './retry.js';
import type { ParkedShowOptions } from './show.js';

interface Parts {
  readonly looking: (command: Command) => Command;
  readonly changing: (command: Command) => Command;
  readonly ofAggregate: (command: Command) => Command;
  readonly ending: Ending;
}

export function addParkedCommands(dragoman: Command, { looking, changing, ofAggregate, ending }: Parts): void {
  const parked = dragoman.command('parked').description('Aggregates that are parked.');
  filtering(looking(parked.command('list').description('Show which aggregates are parked, the oldest first.')))
    .option('--max <n>', 'show so many', wholeNumber, 50)
    .action(ending(async (options: ParkedListOptions) => (await import('./list.js')).parkedListCommand(options)));
  ofAggregate(
    looking(parked.command('show').description('Show why an aggregate is parked, what waits, and what to do.')),
  )
    .option('--max <n>', 'show so many of the change sets that wait', wholeNumber, 20)
    .action(
      ending(async (aggregate: string, id: string, options: ParkedShowOptions) =>
        (await import('./show.js')).parkedShowCommand(aggregate, id, options),
      ),
    );
  filtering(changing(parked.command('retry').description('Decide what waits behind parked aggregates, in its order.')))
    .argument('[aggregate]', 'its type in the rules')
    .argument('[id]', 'its business key')
    .option('--max <n>', 'take up so many', wholeNumber, 100)
    .option('--rate <n>', 'at most so many in a second', wholeNumber, 10)
    .action(
      ending(async (aggregate: string | undefined, id: string | undefined, options: ParkedRetryOptions) =>
        (await import('./retry.js')).parkedRetryCommand(aggregate, id, options),
      ),
    );
  ofAggregate(changing(parked.command('discard').description('Give up the change set that cannot be applied.')))
    .option('--all', 'give up everything that waits now')
    .action(
      ending(async (aggregate: string, id: string, options: ParkedDiscardOptions) =>
        (await import('./discard.js')).parkedDiscardCommand(aggregate, id, options),
      ),
    );
}

const filtering = (command: Command): Command =>
  command
    .addOption(new Option('--code <code>', 'parked for this reason').choices(REFUSAL_CODES))
    .option('--aggregate <name>', 'of this type in the rules')
    .addOption(new Option('--severity <importance>', 'with this at stake').choices([...IMPORTANCES, 'none']))
    .option('--older-than <age>', 'parked for at least so long, such as 90s, 15m, 4h, 2d', age);

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** @returns seconds. */
function age(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * SECONDS[unit as keyof typeof SECONDS];
  throw new InvalidArgumentError('expected a number and s, m, h or d, such as 15m');
}

/** Names and help of the commands that explain. */
import { type Command, Option } from 'commander';
import { BEGINNING_POLICIES } from '../../domain/source/beginning.js';
import type { Ending } from '../exit.js';
import { moment } from '../record/moment.js';
import { eachUrl, MEMBER_WORDS } from '../options/url-option.js';
import { wholeNumber } from '../options/whole-number.js';
import type { EventsShowOptions } from './events-show.js';
import type { TraceOptions } from './trace.js';
import type { WhyCommandOptions } from './why.js';

export function addWhyCommands(dragoman: Command, common: (command: Command) => Command, ending: Ending): void {
  const looking = (command: Command): Command =>
    common(command)
      .option('--pipeline <name>', 'which pipeline (default: the only one)')
      .option('--recording <file>', 'ask a recording, played through the rules, instead of the servers')
      .addOption(
        new Option('--beginning <how>', 'what the recording begins with (default: the config, else snapshot)').choices(
          BEGINNING_POLICIES,
        ),
      )
      .option('--member <url>', MEMBER_WORDS, eachUrl)
      .option('--token-file <file>', 'token with the role viewer or operator (default: $DRAGOMAN_TOKEN)')
      .option('--values', 'also show values of personal and secret columns')
      .option('--json', 'result as JSON');
  looking(
    dragoman
      .command('why')
      .description('Say what happened to an aggregate and because of what, and what did not happen and why.'),
  )
    .argument('<aggregate>', 'its type in the rules')
    .argument('<id>', 'its business key')
    .option('--event <type>', 'only about this event type, or this fact')
    .option('--group <name>', 'also say whether this consumer group has read its events')
    .option('--state <file>', 'ask a file of `state export` instead of the servers; it has no journal')
    .option('--max <n>', 'show so many of its transactions, the newest', wholeNumber, 20)
    .action(
      ending(async (aggregate: string, id: string, options: WhyCommandOptions) =>
        (await import('./why.js')).whyCommand(aggregate, id, options),
      ),
    );
  const events = dragoman.command('events').description('Events that were published.');
  until(looking(events.command('show').description('Show what made an event: fact, decision, rows, rules.')))
    .argument('<event-id>', 'its `ce_id`')
    .option('--key <key>', 'key of its record: found at once, without looking through the contract topics')
    .action(
      ending(async (id: string, options: EventsShowOptions) =>
        (await import('./events-show.js')).eventsShowCommand(id, options),
      ),
    );
  until(
    looking(
      dragoman.command('trace').description('Show what became of a source transaction: aggregates, facts, events.'),
    ),
  )
    .argument('<transaction>', 'its id in the source, or a `causationId`')
    .action(
      ending(async (transaction: string, options: TraceOptions) =>
        (await import('./trace.js')).traceCommand(transaction, options),
      ),
    );
}

const until = (command: Command): Command =>
  command.option(
    '--until <time>',
    'look backwards from this time (ISO 8601 with its zone, or a day in UTC; default: now)',
    moment,
  );

/** Names and help of what operators decide about routes. */
import { type Command, Option } from 'commander';
import { STAGES } from '../../domain/ownership/route.js';
import { TOLD_FINDINGS } from '../../domain/ownership/told.js';
import type { Ending } from '../exit.js';
import type { OperatorOptions } from '../operator/operator.js';
import { wholeNumber } from '../options/whole-number.js';
import type { RoutesFindingsOptions } from './findings.js';
import type { RoutesBackOptions, RoutesMoveOptions } from './move.js';

interface Parts {
  readonly looking: (command: Command) => Command;
  readonly changing: (command: Command) => Command;
  readonly ending: Ending;
}

export function addRoutesCommands(dragoman: Command, { looking, changing, ending }: Parts): void {
  const routes = dragoman.command('routes').description('Who speaks for what: Dragoman, or a new service.');
  looking(routes.command('list').description('Show how routes stand, who moved them, and what is on its way.')).action(
    ending(async (options: OperatorOptions) => (await import('./list.js')).routesListCommand(options)),
  );
  looking(
    routes
      .command('findings')
      .description('List what is wrong with events that others published under contracts that may move.'),
  )
    .addOption(new Option('--code <code>', 'only these').choices(Object.keys(TOLD_FINDINGS)))
    .option('--max <n>', 'show so many, the newest', wholeNumber, 50)
    .action(
      ending(async (options: RoutesFindingsOptions) => (await import('./findings.js')).routesFindingsCommand(options)),
    );
  const to = () => new Option('--to <stage>', 'where to').choices(STAGES).makeOptionMandatory();
  selecting(looking(routes.command('plan').description('Show what a move would do, and whether it would be refused.')))
    .addOption(to())
    .action(
      ending(async (capability: string, selector: string[], options: RoutesMoveOptions) =>
        (await import('./move.js')).routesPlanCommand(capability, selector, { reason: 'a plan', ...options }),
      ),
    );
  selecting(changing(routes.command('move').description('Move routes of a capability to another stage.')))
    .addOption(to())
    .option('--override <text>', 'why, although something speaks against it')
    .action(
      ending(async (capability: string, selector: string[], options: RoutesMoveOptions) =>
        (await import('./move.js')).routesMoveCommand(capability, selector, options),
      ),
    );
  selecting(changing(routes.command('back').description('Take routes back from their service, which is asked first.')))
    .addOption(new Option('--to <stage>', 'where to').choices(['legacy', 'shadow']).default('legacy'))
    .option('--take-over', 'without the service, after it was asked in vain and cannot write any more')
    .option('--publish-owed', 'with --take-over: publish what happened and it never told')
    .action(
      ending(async (capability: string, selector: string[], options: RoutesBackOptions) =>
        (await import('./move.js')).routesBackCommand(capability, selector, options),
      ),
    );
}

const selecting = (command: Command): Command =>
  command
    .argument('<capability>', 'its name in the rules')
    .argument('[selector...]', 'market=DE, share=0-25, or both (default: all)')
    .option('--contract <names...>', 'only these of its contracts, such as OrderReady.v1 (default: all)')
    .option('--at <instant>', "from when on, by the source's commit times (default: in 2 s)");

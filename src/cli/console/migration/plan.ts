/** What a move would come to: the commands that would carry it out, or why the pipeline would refuse it. By the code of `dragoman routes plan`. */
import type { Plan, PlanQuery } from '../../../console/answers/migration.js';
import type { RouteCommand } from '../../../domain/command.js';
import { routeText, selectorText } from '../../../domain/ownership/route.js';
import { DragomanError } from '../../../errors.js';
import type { Move } from '../../../pipeline/progress/ownership.js';
import {
  type MakeCommand,
  moveText,
  plannedMoves,
  plannedTakeOvers,
  selectorIn,
} from '../../../pipeline/routes/planned.js';
import { capabilityIn, type RoutesSeen } from '../../../pipeline/routes/shown.js';
import { commandOf } from '../../operator/operator.js';
import type { Gated } from '../../routes/gate.js';

type Gate = Plan['gate'];

/** @param gateOf what speaks against moves. @throws DragomanError COMMAND_INVALID, and what `gateOf` throws */
export async function planNow(
  query: PlanQuery,
  seen: RoutesSeen,
  pipeline: string,
  gateOf: (moves: readonly Move[]) => Promise<readonly Gated[]>,
): Promise<Plan> {
  const capability = capabilityIn(seen.routed, query.capability);
  const selector = selectorIn([query.selector]);
  const contracts = query.contract === undefined ? capability.contracts : [query.contract];
  const make: MakeCommand = (kind, wanted) =>
    commandOf(kind, wanted, pipeline, { reason: 'a plan', by: 'a plan', wait: 0 }) as RouteCommand;
  const head = { schema: 'dragoman.http/migration-plan@1', pipeline, capability: capability.name } as const;
  const about = { ...head, selector: selectorText(selector) };
  const planned = orRefused(() => commandsOf({ ...query, contracts, selector }, seen, make));
  if (typeof planned === 'string') return { ...about, refused: planned, commands: [], gate: [] };
  const { commands, moves } = planned;
  const gate = (await gateOf(moves)).map(({ route, reasons }): Gate[number] => ({ route, reasons: [...reasons] }));
  return { ...about, refused: null, commands, gate };
}

/** What the pipeline would refuse: what cannot be read now is no such thing. */
function orRefused<T>(plan: () => T): T | string {
  try {
    return plan();
  } catch (error) {
    if (error instanceof DragomanError && error.code === 'COMMAND_REFUSED') return error.message;
    throw error;
  }
}

type Wanted = Pick<PlanQuery, 'to' | 'at' | 'take'> & Omit<Parameters<typeof plannedTakeOvers>[0], 'publishOwed'>;

function commandsOf({ contracts, selector, to, at, take }: Wanted, seen: RoutesSeen, make: MakeCommand) {
  if (take === undefined) {
    const planned = plannedMoves({ contracts, selector, to, ...(at !== undefined && { at }) }, seen, make);
    const commands: Plan['commands'] = planned.map(({ command: { kind, arguments: wanted }, moves }) => ({
      ...{ kind, contracts: wanted.contracts, epoch: wanted.epoch, moves: moves.map(moveShown) },
    }));
    return { commands, moves: planned.flatMap(({ moves }) => moves) };
  }
  const taken = plannedTakeOvers({ contracts, selector, publishOwed: take === 'owed' }, seen, make);
  const commands: Plan['commands'] = taken.map(({ kind, arguments: { contract, epoch } }) => ({
    ...{ kind, contracts: [contract], epoch, moves: [] },
  }));
  return { commands, moves: [] };
}

const moveShown = (move: Move): Plan['commands'][number]['moves'][number] => ({
  ...{ route: routeText(move), contract: move.contract, from: move.from, to: move.to, epoch: move.epoch, at: move.at },
  text: moveText(move, 'would move'),
});

/**
 * What operators want of routes, as commands over the routes as they stand: judged by what the pipeline committed, as the pipeline will judge them, so
 * that most of what would be refused is not sent. Pure.
 */
import type { MoveCommand, RouteCommand, TakeOverCommand } from '../../domain/command.js';
import { readSelector, routeText, type Selector } from '../../domain/ownership/route.js';
import { DragomanError } from '../../errors.js';
import type { Move } from '../progress/ownership.js';
import { judgeMove, judgeTakeOver } from './judge.js';
import { acceptedIn, type RoutesSeen } from './shown.js';
import { routeIn, routesOf } from './standing.js';

/** The epoch is the one in which the routes are. */
export interface WantedMove extends Omit<MoveCommand['arguments'], 'contracts' | 'epoch'> {
  readonly contracts: readonly string[];
}

export interface WantedTakeOver extends Omit<TakeOverCommand['arguments'], 'contract' | 'epoch'> {
  readonly contracts: readonly string[];
}

/** With who and why, which whoever sends it says. */
export type MakeCommand = (kind: RouteCommand['kind'], wanted: Readonly<Record<string, unknown>>) => RouteCommand;

export interface PlannedMove {
  readonly command: MoveCommand;
  readonly moves: readonly Move[];
}

/** One for each epoch: contracts that were moved one by one are in others. @throws DragomanError COMMAND_REFUSED */
export function plannedMoves(wanted: WantedMove, seen: RoutesSeen, make: MakeCommand): PlannedMove[] {
  const groups = new Map<number, string[]>();
  for (const contract of wanted.contracts) {
    const epoch = epochOf(contract, wanted.selector, seen);
    groups.set(epoch, [...(groups.get(epoch) ?? []), contract]);
  }
  return [...groups].map(([epoch, contracts]) => {
    const command = make('route.move', { ...wanted, contracts, epoch }) as MoveCommand;
    return { command, moves: movesOf(command, seen) };
  });
}

/** One for each contract. @throws DragomanError COMMAND_REFUSED */
export const plannedTakeOvers = (
  { contracts, ...wanted }: WantedTakeOver,
  seen: RoutesSeen,
  make: MakeCommand,
): TakeOverCommand[] =>
  contracts.map((contract) => {
    const epoch = epochOf(contract, wanted.selector, seen);
    const command = make('route.take-over', { ...wanted, contract, epoch }) as TakeOverCommand;
    checkTakeOver(command, seen);
    return command;
  });

/** @throws DragomanError COMMAND_REFUSED */
export function movesOf(command: MoveCommand, seen: RoutesSeen): readonly Move[] {
  const judged = judgeMove(command, acceptedIn(seen), seen.routed);
  if ('moves' in judged) return judged.moves;
  throw new DragomanError('COMMAND_REFUSED', judged.refused);
}

/** @throws DragomanError COMMAND_REFUSED */
export function checkTakeOver(command: TakeOverCommand, seen: RoutesSeen): void {
  const refused = judgeTakeOver(command, acceptedIn(seen), seen.routed);
  if (refused !== null) throw new DragomanError('COMMAND_REFUSED', refused);
}

const epochOf = (contract: string, selector: Selector, seen: RoutesSeen): number =>
  routeIn(routesOf(contract, acceptedIn(seen), seen.routed), selector)?.epoch ?? 0;

/** @throws DragomanError COMMAND_INVALID */
export function selectorIn(terms: readonly string[]): Selector {
  const selector = readSelector(terms.join(' '));
  if (typeof selector !== 'string') return selector;
  throw new DragomanError(
    'COMMAND_INVALID',
    `${selector} A selector is like market=DE, share=0-25, or nothing for all.`,
  );
}

/** @param verb `moves`, `would move` */
export const moveText = (move: Move, verb: string): string =>
  `${verb} ${routeText(move)} from ${move.from} to ${move.to} (epoch ${move.epoch}) at ${move.at}` +
  (move.from === 'service' ? ', when its service has handed it over' : '');

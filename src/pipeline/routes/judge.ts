/**
 * Whether a command over routes is accepted: what it comes to follows from the routes as accepted before it and from the rules, and from nothing
 * else (W1). Pure.
 */
import { MOVE_AFTER_MS, type MoveCommand, type TakeOverCommand } from '../../domain/command.js';
import type { MoveRefusal } from '../../domain/ownership/move-codes.js';
import { routeOver, routeText } from '../../domain/ownership/route.js';
import { overlapping, unfit } from '../../rules/routes/selectors.js';
import type { Move, Ownership, Standing } from '../progress/ownership.js';
import { routeIn, type Routed, routesOf } from './standing.js';

/** Of one pipeline, those of the rules included: each commit writes those that were moved. */
export const ROUTES_MAX = 200;
/** A move that waits for longer would be forgotten by whoever sent it. */
const AHEAD_MAX_MS = 60 * 60 * 1_000;
/** Of a reason, what each commit writes; the commands log has all of it. */
const REASON_KEPT_CHARS = 200;

export type Judged = { readonly moves: readonly Move[] } | { readonly refused: string };

const refused = (code: MoveRefusal, text: string): { readonly refused: string } => ({ refused: `${code}: ${text}` });

/** @param all as accepted. */
export function judgeMove(command: MoveCommand, all: Pick<Ownership, 'routes'>, routed: Routed): Judged {
  const { contracts, selector, at } = command.arguments;
  const capability = routed.get(contracts[0] ?? '');
  const stranger = contracts.find((contract) => !routed.has(contract));
  if (capability === undefined || stranger !== undefined)
    return refused('ROUTE_CONTRACT_UNKNOWN', `${stranger ?? ''} is in no capability: ${listOf(routed)}.`);
  const other = contracts.find((contract) => routed.get(contract) !== capability);
  if (other !== undefined)
    return refused('ROUTE_CAPABILITIES', `${other} is not in ${capability.name}: move it by a command of its own.`);
  const wrong = unfit(selector, capability.by);
  if (wrong !== null) return refused(wrong.code, `${wrong.text}.`);
  const sentMs = Date.parse(command.at);
  const atMs = at === undefined ? sentMs + MOVE_AFTER_MS : Date.parse(at);
  if (atMs > sentMs + AHEAD_MAX_MS)
    return refused('ROUTE_AT_TOO_FAR', `It was sent at ${command.at}, for ${at ?? ''}: at most an hour later.`);
  const moves: Move[] = [];
  for (const contract of new Set(contracts)) {
    const judged = judgeOne(contract, command, routesOf(contract, all, routed), atMs);
    if ('refused' in judged) return judged;
    moves.push(...judged.moves);
  }
  const count = countWith(moves, all, routed);
  if (count > ROUTES_MAX)
    return refused('ROUTES_TOO_MANY', `There would be ${count}; at most ${ROUTES_MAX}. Move a less specific one.`);
  return { moves };
}

const listOf = (routed: Routed): string =>
  routed.size === 0 ? 'the rules declare none' : `those that are: ${[...routed.keys()].join(', ')}`;

function judgeOne(contract: string, command: MoveCommand, routes: readonly Standing[], atMs: number): Judged {
  const { selector, to, epoch } = command.arguments;
  const overlap = overlapping(
    selector,
    routes.map((route) => route.selector),
  );
  if (overlap !== null) return refused(overlap.code, `${contract}: ${overlap.text}.`);
  const name = routeText({ contract, selector });
  const known = routeIn(routes, selector);
  const isAt = known?.epoch ?? 0;
  if (isAt !== epoch)
    return refused(
      'ROUTE_MOVED_MEANWHILE',
      `${name} is in epoch ${isAt}, and the command is for ${epoch}${by(known)}.`,
    );
  const from = (known ?? routeOver(routes, selector))?.stage ?? 'legacy';
  if (from === to) return refused('ROUTE_STANDS', `${name} is in stage ${to} already${by(known)}.`);
  const lastMs = Date.parse(known?.moved?.at ?? '') || 0;
  const mover = { by: command.by, reason: reasonOf(command), command: command.id };
  const at = new Date(Math.max(atMs, lastMs)).toISOString();
  return { moves: [{ contract, selector, epoch: epoch + 1, from, to, at, ...mover }] };
}

/** With why it was done although something spoke against it. */
function reasonOf({ reason, arguments: { override } }: MoveCommand): string {
  const kept = reason.slice(0, REASON_KEPT_CHARS);
  return override === undefined ? kept : `${kept} (past the gate: ${override.slice(0, REASON_KEPT_CHARS)})`;
}

const by = (route: Standing | undefined): string =>
  route?.moved === undefined ? '' : ` (moved by ${route.moved.by}: ${route.moved.reason})`;

function countWith(moves: readonly Move[], all: Pick<Ownership, 'routes'>, routed: Routed): number {
  const names = new Set([...routed.keys()].flatMap((contract) => routesOf(contract, all, routed).map(routeText)));
  for (const move of moves) names.add(routeText(move));
  return names.size;
}

/** @param all as accepted. @returns null: it is accepted. */
export function judgeTakeOver(
  { arguments: { contract, selector, epoch } }: TakeOverCommand,
  all: Pick<Ownership, 'routes'>,
  routed: Routed,
): string | null {
  const known = routeIn(routesOf(contract, all, routed), selector);
  const isReturn = known?.moved?.from === 'service' && known.stage !== 'service';
  if (isReturn && known.epoch === epoch) return null;
  const name = routeText({ contract, selector });
  const stands = known === undefined ? 'there is no such route' : `it is in stage ${known.stage}, epoch ${known.epoch}`;
  return refused('ROUTE_NOT_RETURNING', `${name}, epoch ${epoch}: ${stands}.`).refused;
}

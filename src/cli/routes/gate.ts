/** What speaks against moves to a service, by what their capability's author asks (docs/parity.md): for the command line and the console. */
import { routeText } from '../../domain/ownership/route.js';
import { DragomanError } from '../../errors.js';
import { figuresOf, sum } from '../../pipeline/parity/figures.js';
import { gateReasons, type Standing } from '../../pipeline/parity/gate.js';
import type { ParityRead } from '../../pipeline/parity/reading.js';
import type { Move } from '../../pipeline/progress/ownership.js';
import type { Routed } from '../../pipeline/routes/standing.js';
import type { Desk } from '../operator/desk.js';
import type { ShardProgress } from '../operator/reading/committed-progress.js';
import { parityNow } from '../operator/reading/parity.js';
import { listed } from '../parked/list.js';

export interface GatePorts {
  readonly routed: Routed;
  readonly desk: Pick<Desk, 'shards' | 'settings'>;
  readonly progress: () => Promise<readonly ShardProgress[]>;
  /** How far it is behind its sources; null: not known. */
  readonly behindMs: () => Promise<number | null>;
  readonly nowMs: number;
}

/** One move that is asked for. */
export interface Gated {
  readonly route: string;
  /** None: it may be done. */
  readonly reasons: readonly string[];
}

/** Those to a service, of capabilities that say what parity is: of the others nothing is asked. @throws DragomanError when something cannot be read */
export async function gateOf(moves: readonly Move[], ports: GatePorts): Promise<Gated[]> {
  const { routed, desk, nowMs } = ports;
  if (!isAsked(moves, routed)) return [];
  const read = await parityNow(desk.shards, await ports.progress());
  const parked = (await listed(desk, { severity: 'critical' }, nowMs)).length;
  return gated(moves, routed, { ...read, parked, behindMs: await ports.behindMs(), nowMs });
}

export interface GateFacts extends Pick<ParityRead, 'figures' | 'accepted'>, Pick<Standing, 'parked' | 'behindMs'> {
  readonly nowMs: number;
}

/** Pure. */
export const gated = (moves: readonly Move[], routed: Routed, facts: GateFacts): Gated[] =>
  gatesOf(moves, routed).map(({ move, gate }) => {
    const { figures, accepted, nowMs } = facts;
    const counts = sum(figuresOf(figures, move, nowMs - gate.overMs), accepted, nowMs);
    return { route: routeText(move), reasons: gateReasons({ ...facts, counts }, gate) };
  });

/** Whether anything has to be read for it. */
export const isAsked = (moves: readonly Move[], routed: Routed): boolean => gatesOf(moves, routed).length > 0;

const gatesOf = (moves: readonly Move[], routed: Routed) =>
  moves.flatMap((move) => {
    const parity = routed.get(move.contract)?.parity ?? null;
    return move.to !== 'service' || parity === null ? [] : [{ move, gate: parity.gate }];
  });

export const isHeld = (all: readonly Gated[]): boolean => all.some(({ reasons }) => reasons.length > 0);

/** For people: one line for each reason. */
export const gateLines = (all: readonly Gated[]): string[] =>
  all.flatMap(({ route, reasons }) => reasons.map((reason) => `${route}: ${reason}`));

/** @throws DragomanError PARITY_GATE */
export function assertOpen(all: readonly Gated[]): void {
  if (!isHeld(all)) return;
  throw new DragomanError(
    'PARITY_GATE',
    `The gate is closed: ${gateLines(all).join(' ')} Nothing was sent. docs/parity.md says how to accept a difference; --override "<why>" moves all the same.`,
    { details: { gate: all } },
  );
}

/**
 * Sends the commands of one repair at its rate, and tells what became of them. No more are under way than the pipeline is given time for: one that
 * does not run is not sent thousands, and a repair that is broken off goes on by little more than it was at.
 */
import type { RepairCommand } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import { Pace, type PaceClock } from './pace.js';

export interface SendingPorts {
  /** @returns its offset in the commands log */
  send(command: RepairCommand): Promise<number>;
  /** All commands before this offset are carried out, by all shards. */
  carriedTo(): Promise<number>;
  /** Of a command that was carried out. */
  became(command: RepairCommand): Promise<Came>;
  readonly clock: PaceClock;
}

/** What commands came to. */
export interface Came {
  readonly events: number;
  readonly aggregates: number;
  readonly refused: readonly RefusedRepair[];
}

export interface RefusedRepair {
  readonly aggregate: string;
  readonly id: string;
  /** Begins with a code of docs/errors.md. */
  readonly text: string;
}

export interface SendingOptions {
  /** Events in a second. */
  readonly rate: number;
  /** So long nothing of what was sent is carried out: then it ends. */
  readonly waitMs: number;
  /** Called after each command that is carried out, with all so far. */
  readonly onProgress?: (came: Came) => void;
}

export const NOTHING_CAME: Came = { events: 0, aggregates: 0, refused: [] };

/** As many events of one repair are under way at most as the rate makes of these seconds, within limits. */
const UNDER_WAY_SECONDS = 5;
const UNDER_WAY_MIN = 200;
const UNDER_WAY_MAX = 5_000;
const ASK_AGAIN_MS = 250;

interface Sent {
  readonly command: RepairCommand;
  readonly offset: number;
}

/** @throws DragomanError COMMAND_UNANSWERED; what the ports throw */
export async function sendPaced(
  commands: Iterable<RepairCommand>,
  ports: SendingPorts,
  { rate, waitMs, onProgress }: SendingOptions,
): Promise<Came> {
  const pace = new Pace(rate, ports.clock);
  const underWayMax = Math.min(UNDER_WAY_MAX, Math.max(UNDER_WAY_MIN, rate * UNDER_WAY_SECONDS));
  const sent: Sent[] = [];
  const state = { underWay: 0, isAllSent: false, isBroken: false };
  let came = NOTHING_CAME;

  const send = async (): Promise<void> => {
    for (const command of commands) {
      while (state.underWay > underWayMax && !state.isBroken) await ports.clock.sleep(ASK_AGAIN_MS);
      const events = eventsOf(command);
      await pace.turn(events);
      if (state.isBroken) return;
      const offset = await ports.send(command);
      sent.push({ command, offset });
      state.underWay += events;
    }
    state.isAllSent = true;
  };

  const follow = async (): Promise<void> => {
    let sinceMs = ports.clock.nowMs();
    while (!state.isBroken && (!state.isAllSent || sent.length > 0)) {
      const [first] = sent;
      const carriedTo = first === undefined ? 0 : await ports.carriedTo();
      if (first === undefined || first.offset >= carriedTo) {
        if (first === undefined) sinceMs = ports.clock.nowMs();
        else if (ports.clock.nowMs() - sinceMs >= waitMs) throw unanswered(first.command, waitMs);
        await ports.clock.sleep(ASK_AGAIN_MS);
        continue;
      }
      for (let next = sent[0]; next !== undefined && next.offset < carriedTo; next = sent[0]) {
        came = plus(came, await ports.became(next.command));
        sent.shift();
        state.underWay -= eventsOf(next.command);
        onProgress?.(came);
      }
      sinceMs = ports.clock.nowMs();
    }
  };

  const broken = (error: unknown): never => {
    state.isBroken = true;
    throw error;
  };
  const [first, second] = await Promise.allSettled([send().catch(broken), follow().catch(broken)]);
  for (const end of [second, first]) if (end.status === 'rejected') throw end.reason;
  return came;
}

export const eventsOf = ({ arguments: { targets } }: RepairCommand): number =>
  targets.reduce((sum, { events }) => sum + events.length, 0);

export const plus = (a: Came, b: Came): Came => ({
  events: a.events + b.events,
  aggregates: a.aggregates + b.aggregates,
  refused: [...a.refused, ...b.refused],
});

const unanswered = ({ arguments: { repair } }: RepairCommand, waitMs: number): DragomanError =>
  new DragomanError(
    'COMMAND_UNANSWERED',
    `Commands of the repair ${repair} stand in the commands log, and the pipeline carried none of them out for ${waitMs / 1_000} s. They will be ` +
      `carried out once it runs. Then go on with what was not sent: the same command with --resume ${repair}.`,
    { details: { repair } },
  );

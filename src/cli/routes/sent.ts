/** What becomes of a command over routes that was sent. */
import type { RouteCommand } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import { ownershipOf } from '../../pipeline/routes/shown.js';
import type { Asked } from '../operator/operator.js';
import { behindCommand, type ShardProgress } from '../operator/reading/committed-progress.js';

/**
 * A move is done when each shard has written its part. @returns what became of it, or who has not carried it out.
 * @throws DragomanError COMMAND_REFUSED
 */
export function becameOf(command: RouteCommand, offset: number, shards: readonly ShardProgress[]): Asked<string> {
  const behind = behindCommand(shards, offset);
  if (behind.length > 0) return { waitsFor: behind };
  if (command.kind === 'route.take-over') return { answer: 'taken over' };
  const isIts = (one: { readonly command: string } | undefined): boolean => one?.command === command.id;
  const all = shards.map((shard) => ({ task: shard.task, ...ownershipOf(shard) }));
  const waiting = all.filter(({ pending }) => pending.some(isIts));
  if (waiting.length > 0) return { waitsFor: waiting.map(({ task }) => `${task} (the clock of its source)`) };
  if (all.some(({ routes }) => routes.some(({ returning }) => isIts(returning))))
    return { answer: 'its service is asked to hand it over; `routes list` shows when it has' };
  if (all.every(({ routes }) => routes.some(({ moved }) => isIts(moved)))) return { answer: 'moved' };
  throw new DragomanError(
    'COMMAND_REFUSED',
    `Command ${command.id} was read and had no effect: the log of the pipeline has a line with this id and the reason. \`routes list\` says how ` +
      'routes stand now.',
  );
}

/**
 * `dragoman transactions`: source transactions that are held because reading cannot complete them, and what shall become of them.
 * Every shard of the pipeline holds them for itself, and carries out what is decided.
 */
import { type Command, isOnTransaction, subjectOf } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { behindCommand, progressIn, type ShardProgress } from './reading/committed-progress.js';
import { type Held, heldIn, heldNow, type HeldNow, type MemberOption } from './held.js';
import {
  answerTo,
  type Asked,
  type ChangeOptions,
  commandOf,
  type OperatorOptions,
  pipelineOf,
  send,
} from './operator.js';

export async function transactionsListCommand(options: OperatorOptions & MemberOption): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const now = await heldNow(config, pipeline, options);
  const held = heldIn(now);
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/transactions@1', pipeline, held }));
  else for (const one of held) await print(heldText(one, now.tasks.size));
  say(held.length === 0 ? 'no transaction is held' : `${held.length} held; ${waitingText(held)}`);
  return EXIT.ok;
}

/** @param shards of the pipeline; those are named that hold it, when others do not. */
export function heldText({ source, transaction, code, sinceMs, text, tasks }: Held, shards: number): string {
  const since = sinceMs === null ? '' : ` since ${new Date(sinceMs).toISOString()}`;
  const where = tasks.length === shards ? '' : ` in ${tasks.join(', ')}`;
  return `${source} ${transaction} ${code}${since}${where}: ${text}`;
}

function waitingText(held: readonly Held[]): string {
  const waitedFor = held.filter(({ isWaitedFor }) => isWaitedFor).length;
  if (waitedFor === 0) return 'nothing waits for them but the offsets';
  return waitedFor === held.length ? 'what comes after waits' : `what comes after waits for ${waitedFor} of them`;
}

export async function transactionCommand(
  how: 'release' | 'quarantine',
  source: string,
  transaction: string,
  options: ChangeOptions & MemberOption,
): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const command = commandOf(`transaction.${how}`, { source, transaction }, pipeline, options);
  const looks = {
    held: () => heldNow(config, pipeline, options),
    progress: () => progressIn(config, pipeline),
  };
  const held = heldFor(command, await looks.held());
  if (options.dryRun === true) return wouldDo(how, held, command, options);
  const offset = await send(config, command);
  say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
  if (options.wait === 0) return EXIT.ok;
  const text = await settled(command, held.code, offset, { ...looks, waitMs: options.wait * 1_000 });
  if (options.json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/command@1', command, result: 'applied', text, parked: null }));
  else await print(`applied: ${text}`);
  return EXIT.ok;
}

/** What the command is on. @throws DragomanError COMMAND_REFUSED when it is not held */
export function heldFor(command: Command, now: HeldNow): Held {
  const { source, transaction } = isOnTransaction(command) ? command.arguments : NONE;
  const held = heldIn(now).find((each) => each.source === source && each.transaction === transaction);
  if (held !== undefined) return held;
  throw new DragomanError('COMMAND_REFUSED', `${subjectOf(command)} is not held; transactions list says what is.`);
}

const NONE = { source: '', transaction: '' };

export interface SettlingLooks {
  readonly held: () => Promise<HeldNow>;
  readonly progress: () => Promise<readonly ShardProgress[]>;
  readonly waitMs: number;
}

/**
 * Waits until every shard has done with it.
 * @param code for what it was held. @param offset of the command.
 * @returns what became of it, in words. @throws DragomanError COMMAND_REFUSED, COMMAND_UNANSWERED
 */
export async function settled(command: Command, code: string, offset: number, looks: SettlingLooks): Promise<string> {
  await answerTo(command, looks.waitMs, async () => {
    const waitsFor = behindCommand(await looks.progress(), offset);
    return waitsFor.length > 0 ? { waitsFor } : isOver(command, code, await looks.held());
  });
  return `${subjectOf(command)} is not held for ${code} any more.`;
}

/**
 * Whether every shard has done with it, when all have read the command.
 * @param code for what it was held; it may be held for something else then.
 * @throws DragomanError COMMAND_REFUSED with the reason of the member whose shard refused it
 */
export function isOver(command: Command, code: string, now: HeldNow): Asked<true> {
  const why = Object.entries(now.refused[command.id] ?? {});
  if (why.length > 0) throw refusedBy(why, command, now.tasks.size);
  if (!isOnTransaction(command)) return { answer: true };
  const { source, transaction } = command.arguments;
  const held = heldIn(now).find(
    (each) => each.source === source && each.transaction === transaction && each.code === code,
  );
  return held === undefined ? { answer: true } : { waitsFor: held.tasks };
}

/** One shard may have handed it on whole, and refuse what the others do. */
function refusedBy(
  why: readonly (readonly [task: string, text: string])[],
  command: Command,
  shards: number,
): DragomanError {
  const texts = why.map(([task, text]) => (shards === 1 ? text : `${task}: ${text}`));
  const others = why.length < shards ? ' The other shards carried it out.' : '';
  return new DragomanError('COMMAND_REFUSED', `${subjectOf(command)}: ${texts.join(' ')}${others}`);
}

async function wouldDo(
  how: 'release' | 'quarantine',
  held: Held,
  command: Command,
  { json }: OperatorOptions,
): Promise<number> {
  const effect =
    how === 'release'
      ? 'its rows that arrived would be decided as they are'
      : 'every aggregate that it touches would be parked, and nothing of it published';
  if (json === true) await print(JSON.stringify({ schema: 'dragoman.cli/dry-run@1', held, effect }));
  else await print(`${held.code}: ${held.text}`);
  say(`dry run, nothing is written: ${subjectOf(command)}: ${effect}`);
  return EXIT.ok;
}

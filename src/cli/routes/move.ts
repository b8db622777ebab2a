/**
 * `dragoman routes plan`, `move` and `back`: what a move would do, and the command that does it. It is judged here by what the pipeline committed,
 * as the pipeline will judge it, so that most of what would be refused is not sent.
 */
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { type MoveCommand, type RouteCommand, subjectOf } from '../../domain/command.js';
import { readSelector, routeText, type Selector, type Stage } from '../../domain/ownership/route.js';
import { DragomanError } from '../../errors.js';
import type { Move, Ownership } from '../../pipeline/progress/ownership.js';
import { judgeMove, judgeTakeOver } from '../../pipeline/routes/judge.js';
import { routeIn, routesOf } from '../../pipeline/routes/standing.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, rulesOf } from '../load.js';
import { answerTo, type Asked, type ChangeOptions, commandOf, pipelineOf, send } from '../operator/operator.js';
import { behindCommand, type ShardProgress } from '../operator/reading/committed-progress.js';
import { acceptedIn, capabilityIn, ownershipOf, type RoutesSeen, routesIn } from './standing.js';

export interface RoutesMoveOptions extends ChangeOptions {
  readonly to: Stage;
  /** Absent: all of the capability. */
  readonly contract?: readonly string[];
  readonly at?: string;
  readonly override?: string;
}

export interface RoutesBackOptions extends RoutesMoveOptions {
  readonly takeOver?: boolean;
  readonly publishOwed?: boolean;
}

/** Sends nothing. */
export const routesPlanCommand = (
  capability: string,
  terms: readonly string[],
  options: Omit<RoutesMoveOptions, 'wait' | 'dryRun'>,
): Promise<number> => routesMoveCommand(capability, terms, { ...options, wait: 0, dryRun: true });

export async function routesMoveCommand(
  capability: string,
  terms: readonly string[],
  options: RoutesMoveOptions,
): Promise<number> {
  const { config, rules, pipeline, seen, contracts } = await lookedAt(capability, options);
  const all = acceptedIn(seen);
  const selector = selectorIn(terms);
  const { to, at, override } = options;
  const commands = byEpoch(contracts, selector, all, seen).map(([epoch, some]) => {
    const wanted = { contracts: some, selector, to, epoch, ...(at && { at }), ...(override && { override }) };
    return commandOf('route.move', wanted, pipeline, options) as MoveCommand;
  });
  const moves = commands.flatMap((command) => {
    const judged = judgeMove(command, all, seen.routed);
    if ('refused' in judged) throw new DragomanError('COMMAND_REFUSED', judged.refused);
    return judged.moves;
  });
  for (const move of moves) say(planOf(move, options));
  if (options.dryRun !== true) return carryOut(commands, { config, rules, pipeline, options });
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/routes-plan@1', pipeline, moves }));
  return EXIT.ok;
}

export async function routesBackCommand(
  capability: string,
  terms: readonly string[],
  options: RoutesBackOptions,
): Promise<number> {
  if (options.takeOver !== true) return routesMoveCommand(capability, terms, options);
  const { config, rules, pipeline, seen, contracts } = await lookedAt(capability, options);
  const all = acceptedIn(seen);
  const selector = selectorIn(terms);
  const commands = contracts.map((contract) => {
    const epoch = routeIn(routesOf(contract, all, seen.routed), selector)?.epoch ?? 0;
    const wanted = { contract, selector, epoch, publishOwed: options.publishOwed === true };
    return commandOf('route.take-over', wanted, pipeline, options) as RouteCommand & { kind: 'route.take-over' };
  });
  const refused = commands.map((command) => judgeTakeOver(command, all, seen.routed)).find((text) => text !== null);
  if (refused !== undefined) throw new DragomanError('COMMAND_REFUSED', refused);
  for (const command of commands)
    say(`${subjectOf(command)}: first see that its service cannot write any more (docs/routes.md)`);
  return options.dryRun === true ? EXIT.ok : carryOut(commands, { config, rules, pipeline, options });
}

interface Looked {
  readonly config: Config;
  readonly rules: LoadedRules;
  readonly pipeline: string;
  readonly seen: RoutesSeen;
  readonly contracts: readonly string[];
}

async function lookedAt(name: string, options: RoutesMoveOptions): Promise<Looked> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const rules = await rulesOf(options, loaded);
  const capability = capabilityIn(rules.rules.routed, name);
  const contracts = options.contract ?? capability.contracts;
  return { config, rules, pipeline, seen: await routesIn(config, rules, pipeline), contracts };
}

/** @throws DragomanError COMMAND_INVALID */
export function selectorIn(terms: readonly string[]): Selector {
  const selector = readSelector(terms.join(' '));
  if (typeof selector !== 'string') return selector;
  throw new DragomanError(
    'COMMAND_INVALID',
    `${selector} A selector is like market=DE, share=0-25, or nothing for all.`,
  );
}

/** Contracts that were moved one by one are in other epochs: each epoch has a command of its own. */
function byEpoch(
  contracts: readonly string[],
  selector: Selector,
  all: Ownership,
  { routed }: RoutesSeen,
): [number, string[]][] {
  const groups = new Map<number, string[]>();
  for (const contract of contracts) {
    const epoch = routeIn(routesOf(contract, all, routed), selector)?.epoch ?? 0;
    groups.set(epoch, [...(groups.get(epoch) ?? []), contract]);
  }
  return [...groups];
}

const planOf = (move: Move, { dryRun }: ChangeOptions): string =>
  `${dryRun === true ? 'would move' : 'moves'} ${routeText(move)} from ${move.from} to ${move.to} (epoch ${move.epoch}) at ${move.at}` +
  (move.from === 'service' ? ', when its service has handed it over' : '');

interface Sending extends Pick<Looked, 'config' | 'rules' | 'pipeline'> {
  readonly options: ChangeOptions;
}

async function carryOut(
  commands: readonly RouteCommand[],
  { config, rules, pipeline, options }: Sending,
): Promise<number> {
  const sent: { readonly command: RouteCommand; readonly offset: number }[] = [];
  for (const command of commands) {
    sent.push({ command, offset: await send(config, command) });
    say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
  }
  if (options.wait === 0) return EXIT.ok;
  for (const { command, offset } of sent) {
    const text = await answerTo(command, options.wait * 1_000, async () =>
      becameOf(command, offset, (await routesIn(config, rules, pipeline)).shards),
    );
    if (options.json === true)
      await print(JSON.stringify({ schema: 'dragoman.cli/routes-move@1', command, result: 'applied', text }));
    else await print(`applied: ${subjectOf(command)}: ${text}`);
  }
  return EXIT.ok;
}

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

/** `dragoman routes plan`, `move` and `back`: what a move would do, and the command that does it. */
import type { Config } from '../../config/schema.js';
import { type RouteCommand, subjectOf } from '../../domain/command.js';
import type { Stage } from '../../domain/ownership/route.js';
import {
  type MakeCommand,
  moveText,
  plannedMoves,
  plannedTakeOvers,
  selectorIn,
} from '../../pipeline/routes/planned.js';
import { capabilityIn, type RoutesSeen } from '../../pipeline/routes/shown.js';
import { EXIT, print, say } from '../exit.js';
import { configOf, rulesOf } from '../load.js';
import { answerTo, type ChangeOptions, commandOf, pipelineOf, send } from '../operator/operator.js';
import { progressIn } from '../operator/reading/committed-progress.js';
import { becameOf } from './sent.js';

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
  const looked = await lookedAt(capability, options);
  const { pipeline, seen, contracts, make } = looked;
  const { to, at, override } = options;
  const wanted = { contracts, selector: selectorIn(terms), to, ...(at && { at }), ...(override && { override }) };
  const planned = plannedMoves(wanted, seen, make);
  const moves = planned.flatMap((each) => each.moves);
  for (const move of moves) say(moveText(move, options.dryRun === true ? 'would move' : 'moves'));
  if (options.dryRun !== true)
    return carryOut(
      planned.map(({ command }) => command),
      looked,
      options,
    );
  if (options.json === true) await print(JSON.stringify({ schema: 'dragoman.cli/routes-plan@1', pipeline, moves }));
  return EXIT.ok;
}

export async function routesBackCommand(
  capability: string,
  terms: readonly string[],
  options: RoutesBackOptions,
): Promise<number> {
  if (options.takeOver !== true) return routesMoveCommand(capability, terms, options);
  const looked = await lookedAt(capability, options);
  const { seen, contracts, make } = looked;
  const wanted = { contracts, selector: selectorIn(terms), publishOwed: options.publishOwed === true };
  const commands = plannedTakeOvers(wanted, seen, make);
  for (const command of commands)
    say(`${subjectOf(command)}: first see that its service cannot write any more (docs/routes.md)`);
  return options.dryRun === true ? EXIT.ok : carryOut(commands, looked, options);
}

interface Looked {
  readonly config: Config;
  readonly pipeline: string;
  readonly seen: RoutesSeen;
  readonly contracts: readonly string[];
  readonly make: MakeCommand;
}

async function lookedAt(name: string, options: RoutesMoveOptions): Promise<Looked> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const { routed } = (await rulesOf(options, loaded)).rules;
  const { contracts } = capabilityIn(routed, name);
  const make: MakeCommand = (kind, wanted) => commandOf(kind, wanted, pipeline, options) as RouteCommand;
  const seen = { routed, shards: await progressIn(config, pipeline) };
  return { config, pipeline, seen, contracts: options.contract ?? contracts, make };
}

async function carryOut(
  commands: readonly RouteCommand[],
  { config, pipeline }: Pick<Looked, 'config' | 'pipeline'>,
  options: ChangeOptions,
): Promise<number> {
  const sent: { readonly command: RouteCommand; readonly offset: number }[] = [];
  for (const command of commands) {
    sent.push({ command, offset: await send(config, command) });
    say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
  }
  if (options.wait === 0) return EXIT.ok;
  for (const { command, offset } of sent) {
    const text = await answerTo(command, options.wait * 1_000, async () =>
      becameOf(command, offset, await progressIn(config, pipeline)),
    );
    if (options.json === true)
      await print(JSON.stringify({ schema: 'dragoman.cli/routes-move@1', command, result: 'applied', text }));
    else await print(`applied: ${subjectOf(command)}: ${text}`);
  }
  return EXIT.ok;
}

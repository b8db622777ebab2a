/** `dragoman routes plan`, `move` and `back`: what a move would do, and the command that does it. */
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { type RouteCommand, subjectOf } from '../../domain/command.js';
import type { Stage } from '../../domain/ownership/route.js';
import type { Move } from '../../pipeline/progress/ownership.js';
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
import { behindNow } from '../operator/reading/lag.js';
import { withStores } from '../operator/reading/stored-states.js';
import { taskSettings } from '../wiring.js';
import { assertOpen, type Gated, gateLines, gateOf, isAsked, isHeld } from './gate.js';
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
  const { to, at, override, dryRun, json } = options;
  const wanted = { contracts, selector: selectorIn(terms), to, ...(at && { at }) };
  const asked = plannedMoves(wanted, seen, make);
  const moves = asked.flatMap((each) => each.moves);
  for (const move of moves) say(moveText(move, dryRun === true ? 'would move' : 'moves'));
  const gate = await gateNow(moves, looked);
  if (dryRun === true && json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/routes-plan@1', pipeline, moves, gate }));
  if (override === undefined) assertOpen(gate);
  for (const line of gateLines(gate)) say(`past the gate: ${line}`);
  if (dryRun === true) return EXIT.ok;
  const planned = isHeld(gate) ? plannedMoves({ ...wanted, override }, seen, make) : asked;
  return carryOut(
    planned.map(({ command }) => command),
    looked,
    options,
  );
}

/** Of capabilities that ask nothing, nothing is read. */
const gateNow = (moves: readonly Move[], { config, rules, pipeline }: Looked): Promise<Gated[]> =>
  isAsked(moves, rules.rules.routed)
    ? withStores(config, pipeline, (shards) =>
        gateOf(moves, {
          routed: rules.rules.routed,
          desk: { shards, settings: () => Promise.resolve(taskSettings(config, pipeline, rules)) },
          progress: () => progressIn(config, pipeline),
          behindMs: () => behindNow(config, pipeline, rules),
          nowMs: Date.now(),
        }),
      )
    : Promise.resolve([]);

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
  readonly rules: LoadedRules;
  readonly pipeline: string;
  readonly seen: RoutesSeen;
  readonly contracts: readonly string[];
  readonly make: MakeCommand;
}

async function lookedAt(name: string, options: RoutesMoveOptions): Promise<Looked> {
  const loaded = configOf(options, true);
  const { config } = loaded;
  const pipeline = pipelineOf(config, options);
  const rules = await rulesOf(options, loaded);
  const { routed } = rules.rules;
  const { contracts } = capabilityIn(routed, name);
  const make: MakeCommand = (kind, wanted) => commandOf(kind, wanted, pipeline, options) as RouteCommand;
  const seen = { routed, shards: await progressIn(config, pipeline) };
  return { config, rules, pipeline, seen, contracts: options.contract ?? contracts, make };
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

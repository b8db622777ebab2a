/** What an operator decides over routes and parity: for the routes as they were shown, and past the gate only with a reason. */
import type { LoadedRules } from '../../../adapters/files/rules-loader.js';
import type { Config } from '../../../config/schema.js';
import type { Decided, Decision } from '../../../console/answers/commands.js';
import type { MoveCommand, ParityCommand, RouteCommand, TakeOverCommand } from '../../../domain/command.js';
import { DragomanError } from '../../../errors.js';
import { AcceptedFindings } from '../../../pipeline/parity/accepting.js';
import type { Move } from '../../../pipeline/progress/ownership.js';
import { checkTakeOver, movesOf, selectorIn } from '../../../pipeline/routes/planned.js';
import type { RoutesSeen } from '../../../pipeline/routes/shown.js';
import type { Desk } from '../../operator/desk.js';
import { answerTo, type ChangeOptions, commandOf } from '../../operator/operator.js';
import { furthestMs, lags } from '../../operator/reading/lag.js';
import { becameOf as acceptedOf } from '../../parity/accept.js';
import { assertOpen, type Gated, gateOf, isHeld } from '../../routes/gate.js';
import { becameOf } from '../../routes/sent.js';
import { answered } from '../answered.js';
import type { ConsoleReads } from '../kafka-reads.js';

export interface MigrationPorts {
  readonly config: Config;
  readonly rules: LoadedRules;
  readonly desk: Desk;
  readonly reads: Pick<ConsoleReads, 'progress' | 'send' | 'topics' | 'ends'>;
  readonly nowMs: () => number;
}

type Deciding<K extends Decision['kind']> = Extract<Decision, { kind: K }>;
type OnRoutes = Deciding<'route.move' | 'route.take-over'>;
type OnParity = Deciding<'parity.accept' | 'parity.revoke'>;

/** What speaks against moves, as the command line asks it. */
export const gateNow = (
  moves: readonly Move[],
  { config, rules, desk, reads, nowMs }: MigrationPorts,
): Promise<Gated[]> =>
  gateOf(moves, {
    ...{ routed: rules.rules.routed, desk, nowMs: nowMs() },
    progress: () => reads.progress(desk.pipeline),
    behindMs: async () => furthestMs(await lags(desk.pipeline, { config, rules, reads, nowMs })),
  });

export async function onRoutes(decision: OnRoutes, options: ChangeOptions, ports: MigrationPorts): Promise<Decided> {
  const { desk, reads, rules } = ports;
  const { pipeline } = desk;
  const seen = { routed: rules.rules.routed, shards: await reads.progress(pipeline) };
  const command = await checked(decision, seen, options, ports);
  const offset = await reads.send(command);
  return answered(command, async () => {
    const look = async () => becameOf(command, offset, await reads.progress(pipeline));
    return { result: 'applied', text: `${await answerTo(command, options.wait * 1_000, look)}.`, parked: null };
  });
}

async function checked(
  decision: OnRoutes,
  seen: RoutesSeen,
  options: ChangeOptions,
  ports: MigrationPorts,
): Promise<RouteCommand> {
  const { pipeline } = ports.desk;
  const { epoch } = decision;
  const selector = selectorIn([decision.selector]);
  if (decision.kind === 'route.take-over') {
    const { contract, publishOwed } = decision;
    const taking = { contract, selector, epoch, publishOwed };
    const command = commandOf(decision.kind, taking, pipeline, options) as TakeOverCommand;
    checkTakeOver(command, seen);
    return command;
  }
  const { contracts, to, at, override } = decision;
  const wanted = { contracts, selector, to, epoch, at };
  const command = commandOf(decision.kind, wanted, pipeline, options) as MoveCommand;
  const gate = await gateNow(movesOf(command, seen), ports);
  if (!isHeld(gate)) return command;
  if (override === undefined) assertOpen(gate);
  return commandOf(decision.kind, { ...wanted, override }, pipeline, options) as MoveCommand;
}

export async function onParity(decision: OnParity, options: ChangeOptions, ports: MigrationPorts): Promise<Decided> {
  const { desk, reads, rules } = ports;
  const { pipeline } = desk;
  const { kind, capability, contract, class: is, signature } = decision;
  const until = decision.kind === 'parity.accept' ? decision.until : undefined;
  const wanted = { capability, contract, class: is, signature, until };
  const command = commandOf(kind, wanted, pipeline, options) as ParityCommand;
  const [first] = await reads.progress(pipeline);
  const accepted = first?.committed?.progress.parity?.accepted ?? [];
  const { result, text } = new AcceptedFindings(rules.rules.routed, accepted).take(command);
  if (result === 'refused') throw new DragomanError('COMMAND_REFUSED', text);
  const offset = await reads.send(command);
  return answered(command, async () => {
    await answerTo(command, options.wait * 1_000, async () =>
      acceptedOf(command, offset, await reads.progress(pipeline)),
    );
    return { result: 'applied', text, parked: null };
  });
}

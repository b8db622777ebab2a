/** What an operator decides in the console: the commands of the command line, by the same code, in the same log. */
import type { Decided, Decision } from '../../console/answers/commands.js';
import { WAIT_SECONDS_MAX } from '../../console/answers/commands.js';
import type { Command, MoveCommand, RouteCommand, TakeOverCommand } from '../../domain/command.js';
import { waitingCount } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import { checkTakeOver, movesOf, selectorIn } from '../../pipeline/routes/planned.js';
import type { Routed } from '../../pipeline/routes/standing.js';
import type { HeldReport } from '../../server/held.js';
import { carriedOut, onAggregate } from '../operator/aggregate-command.js';
import { type Desk, stateOf } from '../operator/desk.js';
import { seenIn } from '../operator/held.js';
import { answerTo, type ChangeOptions, commandOf } from '../operator/operator.js';
import { heldFor, settled } from '../operator/transactions.js';
import { becameOf } from '../routes/sent.js';
import type { ConsoleReads } from './kafka-reads.js';

export interface DecidePorts {
  readonly desk: Desk;
  readonly routed: Routed;
  readonly reads: Pick<ConsoleReads, 'progress' | 'send'>;
  /** What this process holds. */
  readonly held: () => HeldReport;
  readonly waitSeconds?: number;
}

/** @param by who decides. @throws DragomanError COMMAND_INVALID, COMMAND_REFUSED */
export async function decideNow(decision: Decision, by: string, ports: DecidePorts): Promise<Decided> {
  const { waitSeconds: wait = WAIT_SECONDS_MAX } = ports;
  const options: ChangeOptions = { reason: decision.reason, by, wait };
  switch (decision.kind) {
    case 'unpark':
    case 'parked.discard':
      return onParked(decision, options, ports);
    case 'transaction.release':
    case 'transaction.quarantine':
      return onTransaction(decision, options, ports);
    case 'route.move':
    case 'route.take-over':
      return onRoutes(decision, options, ports);
  }
}

type Deciding<K extends Decision['kind']> = Extract<Decision, { kind: K }>;
type OnParked = Deciding<'unpark' | 'parked.discard'>;
type OnTransaction = Deciding<'transaction.release' | 'transaction.quarantine'>;
type OnRoutes = Deciding<'route.move' | 'route.take-over'>;

async function onParked(decision: OnParked, options: ChangeOptions, { desk }: DecidePorts): Promise<Decided> {
  const { kind, aggregate, id } = decision;
  const { parked } = await stateOf(desk, { aggregate, id });
  if (parked === null) throw new DragomanError('COMMAND_REFUSED', `${aggregate} ${id} is not parked any more.`);
  const given = kind === 'unpark' ? {} : { first: decision.first, changeSets: decision.all ? waitingCount(parked) : 1 };
  const command = onAggregate(kind, { aggregate, id, ...given }, desk, options);
  await desk.send(command);
  return answered(command, async () => {
    const { result, text, parked: again } = await carriedOut(command, desk, options);
    const isApplied = result === 'applied' || result === 'repeated';
    const left = again === null ? null : { code: again.code, text: again.text };
    return { result: isApplied ? 'applied' : 'refused', text, parked: left };
  });
}

async function onTransaction(decision: OnTransaction, options: ChangeOptions, ports: DecidePorts): Promise<Decided> {
  const { source, transaction } = decision;
  const { pipeline, shards } = ports.desk;
  const command = commandOf(decision.kind, { source, transaction }, pipeline, options);
  const tasks = shards.map(({ task }) => task);
  const held = () => Promise.resolve(seenIn([ports.held()], tasks, notHere));
  const { code } = heldFor(command, await held());
  const offset = await ports.reads.send(command);
  const looks = { held, progress: () => ports.reads.progress(pipeline), waitMs: options.wait * 1_000 };
  return answered(command, async () => ({
    ...{ result: 'applied', text: await settled(command, code, offset, looks), parked: null },
  }));
}

/** What was planned, for the routes as they were shown then. */
async function onRoutes(decision: OnRoutes, options: ChangeOptions, ports: DecidePorts): Promise<Decided> {
  const { desk, reads, routed } = ports;
  const { pipeline } = desk;
  const command = routeCommand(decision, pipeline, options);
  const seen = { routed, shards: await reads.progress(pipeline) };
  if (command.kind === 'route.move') movesOf(command, seen);
  else checkTakeOver(command, seen);
  const offset = await reads.send(command);
  return answered(command, async () => {
    const look = async () => becameOf(command, offset, await reads.progress(pipeline));
    return { result: 'applied', text: `${await answerTo(command, options.wait * 1_000, look)}.`, parked: null };
  });
}

function routeCommand(decision: OnRoutes, pipeline: string, options: ChangeOptions): RouteCommand {
  const { epoch } = decision;
  const selector = selectorIn([decision.selector]);
  if (decision.kind === 'route.take-over') {
    const { contract, publishOwed } = decision;
    return commandOf(
      'route.take-over',
      { contract, selector, epoch, publishOwed },
      pipeline,
      options,
    ) as TakeOverCommand;
  }
  const { contracts, to, at, override } = decision;
  const wanted = { contracts, selector, to, epoch, at, override };
  return commandOf('route.move', wanted, pipeline, options) as MoveCommand;
}

const notHere = (unseen: readonly string[]): DragomanError =>
  new DragomanError(
    'MEMBER_UNAVAILABLE',
    `This member does not run ${unseen.join(', ')}, so it does not know all that is held. Decide by the command line: dragoman transactions, with --member for each that runs a shard.`,
  );

/** It stands in the log: what fails from now on says nothing about it. */
async function answered(command: Command, ask: () => Promise<Omit<Decided, 'schema' | 'id'>>): Promise<Decided> {
  const head = { schema: 'dragoman.http/decided@1', id: command.id } as const;
  try {
    return { ...head, ...(await ask()) };
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    const result = error.code === 'COMMAND_REFUSED' ? 'refused' : 'waiting';
    return { ...head, result, text: error.message, parked: null };
  }
}

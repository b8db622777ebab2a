/** What an operator decides in the console: the commands of the command line, by the same code, in the same log. */
import type { Decided, Decision } from '../../console/answers/commands.js';
import { WAIT_SECONDS_MAX } from '../../console/answers/commands.js';
import { waitingCount } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import type { HeldReport } from '../../server/held.js';
import { carriedOut, onAggregate } from '../operator/aggregate-command.js';
import { type Desk, stateOf } from '../operator/desk.js';
import { seenIn } from '../operator/held.js';
import { type ChangeOptions, commandOf } from '../operator/operator.js';
import { heldFor, settled } from '../operator/transactions.js';
import { answered } from './answered.js';
import { type ChecksPorts, onCheck, onDiscrepancies } from './reconciliation/decide.js';
import { type MigrationPorts, onParity, onRoutes } from './migration/decide.js';

export interface DecidePorts extends MigrationPorts {
  readonly desk: Desk;
  /** What this process holds. */
  readonly held: () => HeldReport;
  readonly waitSeconds?: number;
  readonly checks: ChecksPorts;
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
    case 'parity.accept':
    case 'parity.revoke':
      return onParity(decision, options, ports);
    case 'discrepancy.accept':
    case 'discrepancy.revoke':
      return onDiscrepancies(decision, options, ports);
    case 'check.run':
      return onCheck(decision, by, ports.desk.pipeline, ports.checks);
  }
}

type Deciding<K extends Decision['kind']> = Extract<Decision, { kind: K }>;
type OnParked = Deciding<'unpark' | 'parked.discard'>;
type OnTransaction = Deciding<'transaction.release' | 'transaction.quarantine'>;

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

const notHere = (unseen: readonly string[]): DragomanError =>
  new DragomanError(
    'MEMBER_UNAVAILABLE',
    `This member does not run ${unseen.join(', ')}, so it does not know all that is held. Decide by the command line: dragoman transactions, with --member for each that runs a shard.`,
  );

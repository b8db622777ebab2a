/** `dragoman repair accept` and `revoke`: discrepancies that do not count for a while, by a command that each shard carries out over its own. */
import { type AcceptDiscrepancyCommand, type RevokeDiscrepancyCommand, subjectOf } from '../../domain/command.js';
import { type Discrepancy, standsAt } from '../../domain/reconciliation/discrepancy.js';
import { DragomanError } from '../../errors.js';
import { RECONCILE_REFUSALS } from '../../pipeline/discrepancies/checks.js';
import { isWithinYear } from '../../pipeline/discrepancies/reporting.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { answerTo, type ChangeOptions, commandOf, pipelineOf, send } from '../operator/operator.js';
import { behindCommand, progressIn } from '../operator/reading/committed-progress.js';
import { registerNow } from '../operator/reading/register.js';
import { withStores } from '../operator/reading/stored-states.js';

export interface RepairScopeOptions extends ChangeOptions {
  readonly check?: string;
  readonly class?: string;
  readonly contract?: string;
}

export interface RepairAcceptOptions extends RepairScopeOptions {
  readonly until: string;
}

export const repairAcceptCommand = (ids: readonly string[], options: RepairAcceptOptions): Promise<number> =>
  decided('discrepancy.accept', { ...scopeOf(ids, options), until: options.until }, options);

export const repairRevokeCommand = (ids: readonly string[], options: RepairScopeOptions): Promise<number> =>
  decided('discrepancy.revoke', scopeOf(ids, options), options);

/** The store follows what is committed: it is looked at so often. */
const STORED_AFTER = 8;

export type DiscrepancyDeciding = AcceptDiscrepancyCommand | RevokeDiscrepancyCommand;

interface Scope {
  readonly check?: string | undefined;
  readonly class?: string | undefined;
  readonly contract?: string | undefined;
}

/** Ids, or a check with a class. @throws DragomanError COMMAND_INVALID */
export function scopeOf(ids: readonly string[], { check, class: is, contract }: Scope): Record<string, unknown> {
  if (ids.length > 0 && check === undefined && is === undefined && contract === undefined) return { ids };
  if (ids.length === 0 && check !== undefined && is !== undefined)
    return { check, class: is, ...(contract === undefined ? {} : { contract }) };
  throw new DragomanError('COMMAND_INVALID', 'Say which: ids, or --check with --class (and --contract).');
}

/** Looked at here as the shards have stored it, so that what would have no effect is not sent. */
async function decided(
  kind: DiscrepancyDeciding['kind'],
  wanted: Record<string, unknown>,
  options: ChangeOptions,
): Promise<number> {
  const { config } = configOf(options, true);
  const pipeline = pipelineOf(config, options);
  const command = commandOf(kind, wanted, pipeline, options) as DiscrepancyDeciding;
  const { discrepancies } = await withStores(config, pipeline, registerNow);
  const meant = checkedAccept(command, discrepancies, Date.now());
  const count = meant.length;
  if (options.dryRun === true) {
    say(`dry run, nothing is written: ${subjectOf(command)}: ${count} would be changed`);
    return EXIT.ok;
  }
  const offset = await send(config, command);
  say(`sent ${command.kind} of ${subjectOf(command)} as ${command.id}`);
  if (options.wait === 0) return EXIT.ok;
  let asked = 0;
  const changed = await answerTo(command, options.wait * 1_000, async () => {
    const waitsFor = behindCommand(await progressIn(config, pipeline), offset);
    if (waitsFor.length > 0) return { waitsFor };
    const { discrepancies: after } = await withStores(config, pipeline, registerNow);
    const answer = changedBy(command, meant, after);
    asked += 1;
    if (answer === 0 && asked < STORED_AFTER) return { waitsFor: ['its store'] };
    if (answer > 0) return { answer };
    throw new DragomanError(
      'COMMAND_REFUSED',
      `Command ${command.id} was read and had no effect: the log of the pipeline has a line with this id and the reason.`,
    );
  });
  if (options.json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/repair-accept@1', command, result: 'applied', changed }));
  else await print(`applied: ${subjectOf(command)}: ${changed} changed`);
  return EXIT.ok;
}

/** Those that it would change. Pure. @throws DragomanError COMMAND_REFUSED when it would change none, or is over before it begins */
export function checkedAccept(command: DiscrepancyDeciding, all: readonly Discrepancy[], nowMs: number): Discrepancy[] {
  const meant = meantBy(command, all, nowMs);
  if (meant.length === 0) throw refused('DISCREPANCY_UNKNOWN');
  if (command.kind === 'discrepancy.accept' && !isWithinYear(command.arguments.until, nowMs))
    throw refused('DISCREPANCY_UNTIL_OVER');
  return meant;
}

/** Those that it would change. Pure. */
export function meantBy(command: DiscrepancyDeciding, all: readonly Discrepancy[], nowMs: number): Discrepancy[] {
  const { arguments: which } = command;
  const isMeant = (each: Discrepancy): boolean =>
    'ids' in which
      ? which.ids.includes(each.id)
      : each.check === which.check &&
        each.class === which.class &&
        (which.contract === undefined || each.contract === which.contract);
  const stands = command.kind === 'discrepancy.accept' ? ['open', 'accepted'] : ['accepted'];
  return all.filter((each) => isMeant(each) && stands.includes(standsAt(each, nowMs)));
}

/** How many of those that were meant stand as it says. Pure. */
export function changedBy(
  command: DiscrepancyDeciding,
  meant: readonly Discrepancy[],
  after: readonly Discrepancy[],
): number {
  const ids = new Set(meant.map(({ id }) => id));
  return after.filter(
    ({ id, state }) =>
      ids.has(id) &&
      (command.kind === 'discrepancy.accept'
        ? state.is === 'accepted' && state.command === command.id
        : state.is !== 'accepted'),
  ).length;
}

const refused = (code: keyof typeof RECONCILE_REFUSALS): DragomanError =>
  new DragomanError('COMMAND_REFUSED', `${code}: ${RECONCILE_REFUSALS[code]}`);

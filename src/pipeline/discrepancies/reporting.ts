/** Commands over discrepancies, as one shard carries them out: what checks report, and what operators decide. Each takes of it what is its own. */
import {
  type AcceptDiscrepancyCommand,
  type CommandOutcome,
  type DiscrepancyCommand,
  outcomeOf,
  type ReportCommand,
  type RevokeDiscrepancyCommand,
} from '../../domain/command.js';
import type { Discrepancy, Standing } from '../../domain/reconciliation/discrepancy.js';
import type { Shard } from '../../domain/shard.js';
import { type Checks, RECONCILE_REFUSALS, type ReconcileRefusal } from './checks.js';
import { type Discrepancies, ownsDiscrepancy } from './register.js';

export interface Kept {
  readonly discrepancies: Discrepancies;
  readonly checks: Checks;
}

const UNTIL_MAX_MS = 366 * 24 * 3_600_000;
/** Of a reason, what is kept beside each; the commands log has all of it. */
const REASON_KEPT_CHARS = 200;

/** @returns null: nothing of it is this shard's, and another one tells what became of it. */
export function takeDiscrepancies(command: DiscrepancyCommand, kept: Kept, shard: Shard): CommandOutcome | null {
  if (command.kind === 'check.report') return report(command, kept, shard);
  return command.kind === 'discrepancy.accept' ? accept(command, kept, shard) : revoke(command, kept, shard);
}

function report(command: ReportCommand, { discrepancies, checks }: Kept, shard: Shard): CommandOutcome | null {
  const step = checks.step(command);
  if (step.kind === 'repeated') return outcomeOf(command, 'repeated', 'It was reported before.');
  if (step.kind === 'refused') return refuse(command, step.code, step.text);
  const { n, check, lookedAt, found, gone, progress } = command.arguments;
  const { at } = command;
  if (n === 0 || progress.ended !== undefined) discrepancies.sweep(Date.parse(at));
  const own = found.filter(({ businessKey }) => ownsDiscrepancy(shard, businessKey));
  const kept = own.filter((each) => discrepancies.found(each, { check, lookedAt })).length;
  const isOfCheck = (id: string): boolean => discrepancies.get(id)?.check === check;
  const closed = gone.filter((id) => isOfCheck(id) && discrepancies.stand(id, { is: 'closed', at })).length;
  const { run } = step;
  checks.put({
    ...run,
    found: run.found + kept,
    closed: run.closed + closed,
    beyond: run.beyond + own.length - kept,
  });
  const text = `${own.length} found and ${closed} settled here; ${progress.done} looked at${endText(progress)}.`;
  return outcomeOf(command, 'applied', text);
}

const endText = ({ ended, text }: ReportCommand['arguments']['progress']): string =>
  ended === undefined ? '' : `, and the run is ${ended}${text === undefined ? '' : ` (${text})`}`;

function accept(command: AcceptDiscrepancyCommand, { discrepancies }: Kept, shard: Shard): CommandOutcome | null {
  const { by, at, reason, id } = command;
  const { until } = command.arguments;
  if (!isWithinYear(until, Date.parse(at)))
    return refuse(command, 'DISCREPANCY_UNTIL_OVER', `It was sent at ${at}, and is to hold until ${until}.`);
  const meant = meantBy(command, discrepancies);
  if (meant.some(({ state }) => state.is === 'accepted' && state.command === id))
    return outcomeOf(command, 'repeated', 'They were accepted before.');
  const state: Standing = {
    is: 'accepted',
    ...{ at, by, until },
    reason: reason.slice(0, REASON_KEPT_CHARS),
    command: id,
  };
  const count = meant.filter((each) => discrepancies.stand(each.id, state)).length;
  return decided(command, count, shard, `accepted until ${until}`);
}

function revoke(command: RevokeDiscrepancyCommand, { discrepancies }: Kept, shard: Shard): CommandOutcome | null {
  const accepted = meantBy(command, discrepancies).filter(({ state }) => state.is === 'accepted');
  const count = accepted.filter((each) => discrepancies.stand(each.id, { is: 'open' })).length;
  return decided(command, count, shard, 'open again');
}

/** After the instant at which it was sent. */
export function isWithinYear(until: string, sentMs: number): boolean {
  const untilMs = Date.parse(until);
  return untilMs > sentMs && untilMs <= sentMs + UNTIL_MAX_MS;
}

/** Of this shard; settled ones too. */
function meantBy(
  { arguments: which }: AcceptDiscrepancyCommand | RevokeDiscrepancyCommand,
  discrepancies: Discrepancies,
): Discrepancy[] {
  if ('ids' in which) return which.ids.flatMap((id) => discrepancies.get(id) ?? []);
  return [...discrepancies.all()].filter(
    ({ check, class: is, contract }) =>
      check === which.check && is === which.class && (which.contract === undefined || contract === which.contract),
  );
}

function decided(command: DiscrepancyCommand, count: number, { count: shards }: Shard, words: string) {
  if (count > 0) return outcomeOf(command, 'applied', `${count} of this shard ${count === 1 ? 'is' : 'are'} ${words}.`);
  return shards > 1 ? null : refuse(command, 'DISCREPANCY_UNKNOWN', RECONCILE_REFUSALS.DISCREPANCY_UNKNOWN);
}

const refuse = (command: DiscrepancyCommand, code: ReconcileRefusal, text: string): CommandOutcome =>
  outcomeOf(command, 'refused', `${code}: ${text}`);

/** `dragoman parked show <aggregate> <id>`: why it waits, what waits, what the rules of here would do now, and what to do. */
import type { AggregateRef, ChangeSet } from '../../domain/change-set.js';
import { originText } from '../../domain/change-set.js';
import { waitingCount } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import { isParked, parkedAggregate, type ParkedState } from '../../pipeline/parked-aggregates.js';
import type { CompiledRules } from '../../rules/compile.js';
import { firstNameOf } from '../../rules/named.js';
import { redacted } from '../../translate/parking/dead-letter.js';
import { EXIT, print, say } from '../exit.js';
import { onAggregate, type Tried, tried } from '../operator/aggregate-command.js';
import { type Desk, stateOf, withDesk } from '../operator/desk.js';
import type { ChangeOptions, OperatorOptions } from '../operator/operator.js';
import { ADVICE } from './advice.js';

export type ParkedShowOptions = OperatorOptions & { readonly max: number };

export const parkedShowCommand = (aggregate: string, id: string, options: ParkedShowOptions): Promise<number> =>
  withDesk(options, (desk) => showParked({ aggregate, id }, desk, options));

export async function showParked(ref: AggregateRef, desk: Desk, { json, max }: ParkedShowOptions): Promise<number> {
  const shown = await lookAtParked(ref, desk, { max, isPersonalShown: false });
  if (json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/parked-show@1', pipeline: desk.pipeline, ...shown }));
  else for (const line of linesOf(shown)) await print(line);
  if (shown.more > 0) say(`${shown.more} more change sets wait (--max)`);
  return EXIT.ok;
}

export interface LookOptions {
  /** So many of the change sets that wait. */
  readonly max: number;
  readonly isPersonalShown: boolean;
}

/** @throws DragomanError COMMAND_REFUSED when it is not parked, or not known */
export async function lookAtParked(ref: AggregateRef, desk: Desk, options: LookOptions): Promise<Shown> {
  const state = await stateOf(desk, ref);
  if (!isParked(state))
    throw new DragomanError('COMMAND_REFUSED', `${ref.aggregate} ${ref.id} is not parked; parked list says what is.`);
  const { rules } = await desk.settings();
  const dryRun: ChangeOptions = { dryRun: true, by: 'parked show', wait: 0 };
  const now = await tried(onAggregate('unpark', ref, desk, dryRun), desk);
  return shownOf(ref, state, now, rules, options);
}

type Shown = ReturnType<typeof shownOf>;

function shownOf(
  ref: AggregateRef,
  state: ParkedState,
  now: Tried,
  rules: CompiledRules,
  { max, isPersonalShown }: LookOptions,
) {
  const { code, text, sinceMs, waiting } = state.parked;
  const shown = waiting.slice(0, max);
  const known = { ...ref, aggregate: firstNameOf(rules, ref.aggregate) };
  return {
    ...ref,
    ...{ code, text, severity: parkedAggregate(known, state, rules).severity, since: timeText(sinceMs) },
    waiting: shown.map((changeSet) => waitingOf(changeSet, rules, isPersonalShown)),
    more: waitingCount(state.parked) - shown.length,
    /** By the rules of here. */
    now: {
      events: now.events.map(({ topic, type, sequence, id }) => ({ topic, type, sequence, id })),
      parked: now.parked,
      refused: now.outcome?.result === 'applied' ? null : (now.outcome?.text ?? ''),
    },
    advice: ADVICE[code],
  };
}

/** Declared columns only, classed ones without their values, as in dead letters (G7). */
const waitingOf = (
  { kind, origin, refusal, changes }: ChangeSet,
  { tables }: CompiledRules,
  isPersonalShown: boolean,
) => ({
  changeSet: originText(origin),
  kind,
  committed: timeText(origin.commitTimeMs),
  refusal,
  changes: changes.map((change) => redacted(change, tables.get(change.table), isPersonalShown)),
});

const timeText = (ms: number): string => new Date(ms).toISOString();

function* linesOf({
  aggregate,
  id,
  code,
  text,
  severity,
  since,
  waiting,
  more,
  now,
  advice,
}: Shown): Generator<string> {
  yield `${aggregate} ${id} is parked since ${since}: ${code}, severity ${severity}`;
  yield text;
  yield `change sets that wait: ${waiting.length + more}`;
  for (const { changeSet, kind, committed, refusal, changes } of waiting) {
    yield `  ${changeSet} (${kind}) committed ${committed}${refusal === null ? '' : `: ${refusal.code}`}`;
    for (const change of changes) {
      const why = change.refusal === null ? '' : `: ${change.refusal.code}: ${change.refusal.text}`;
      yield `    ${change.op} ${change.table} ${change.key} ${change.row === null ? '' : JSON.stringify(change.row)}${why}`;
    }
  }
  yield `by the rules of here: ${outlook(now)}`;
  for (const { type, sequence, id: event, topic } of now.events) yield `  ${topic} ${type} ${sequence} ${event}`;
  yield `retry after: ${advice.retry}`;
  yield `discard means: ${advice.discard}`;
}

function outlook({ events, parked, refused }: Shown['now']): string {
  if (refused !== null) return `a retry would be refused: ${refused}`;
  const published = `${events.length} events would be published`;
  return parked === null
    ? `${published}, and nothing waits any more`
    : `${published}, then parked again: ${parked.code}: ${parked.text}`;
}

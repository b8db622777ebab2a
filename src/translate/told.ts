/** What is told beside the rows of a change set: where the change comes from, and in which traces it stands. Pure. */
import type { ChangeSet } from '../domain/change-set.js';
import type { Decision } from '../domain/state/journal-entry.js';
import type { CompiledAggregate, CompiledRules } from '../rules/compile.js';
import { saidOf, tracesOf } from '../rules/origins/telling.js';
import type { Translated } from './entry.js';
import type { TranslateSettings } from './settings.js';

/** Absent: nothing. */
export type Told = Pick<Decision, 'said' | 'traces'>;

export const NOTHING_TOLD: Told = {};

/** Of rows of lookup tables nothing is. */
export function toldBy(
  changeSet: ChangeSet,
  { keeps }: Pick<CompiledAggregate, 'keeps'>,
  { origins }: Pick<CompiledRules, 'origins'>,
  { tracing }: Pick<TranslateSettings, 'tracing'>,
): Told {
  if (keeps === 'lookup' || (origins.length === 0 && tracing === undefined)) return NOTHING_TOLD;
  const said = saidOf(changeSet, origins);
  const traces = tracing === undefined ? undefined : tracesOf(changeSet, origins);
  if (said === undefined && traces === undefined) return NOTHING_TOLD;
  return { ...(said === undefined ? {} : { said }), ...(traces === undefined ? {} : { traces }) };
}

/** The entry tells it, whatever became of the change set. */
export const withTold = (done: Translated, told: Told): Translated =>
  told === NOTHING_TOLD ? done : { ...done, entry: { ...done.entry, ...told } };

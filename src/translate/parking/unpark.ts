/**
 * Lets a parked aggregate go on: its waiting change sets are translated in order, by the same code and the rules of now, until
 * what is in the state is done or one of them parks it again. Pure; nothing happens to an aggregate that is not parked.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import type { AggregateState, Parked } from '../../domain/state/aggregate-state.js';
import type { CompiledRules } from '../../rules/compile.js';
import { type LookupRows, NO_LOOKUP_ROWS } from '../looking.js';
import type { TranslateSettings } from '../settings.js';
import { translate, type Translated } from '../translate.js';

export interface TakingUp {
  readonly rules: CompiledRules;
  readonly settings: TranslateSettings;
  /** Rows of lookup tables as they are now. */
  readonly lookups: LookupRows;
}

/**
 * @returns one step for each change set that was tried, in order; to be committed together, because only the last has what waits then: it is
 * not parked when all went well, even if more waits in the store.
 */
export const unpark = (
  { parked, ...state }: AggregateState,
  rules: CompiledRules,
  settings: TranslateSettings,
  lookups: LookupRows = NO_LOOKUP_ROWS,
): Translated[] =>
  takeUp(parked ?? NOTHING_WAITS, { ...state, parked: null }, { rules, settings, lookups }, withoutSettled);

type Waiting = Pick<Parked, 'first' | 'waiting' | 'spilled' | 'ends'>;

export const NOTHING_WAITS: Waiting = { first: 0, waiting: [] };

/** Translates change sets that waited, until one of them parks. @param state not parked. @param as what is translated for each. */
export function takeUp(
  { first, waiting, spilled, ends }: Waiting,
  state: AggregateState,
  { rules, settings, lookups }: TakingUp,
  as: (changeSet: ChangeSet) => ChangeSet = (changeSet) => changeSet,
): Translated[] {
  const steps: Translated[] = [];
  let before = state;
  for (const [index, changeSet] of waiting.entries()) {
    const step = translate(as(changeSet), before, rules, settings, lookups);
    if (step.state.parked !== null) {
      const others = { ...(spilled === undefined ? {} : { spilled }), ...(ends === undefined ? {} : { ends }) };
      const left = { first: first + index, waiting: waiting.slice(index), ...others };
      const parked = { ...step.state, parked: { ...step.state.parked, ...left } };
      return [...steps, { ...step, state: parked, entry: { ...step.entry, state: parked } }];
    }
    before = step.state;
    steps.push(step);
  }
  return steps;
}

/**
 * What whoever unparks has looked at: rows that came from an aggregate that was parked itself (`carry.ts`), and a source
 * transaction that lacks rows. The rows of one that was too large, or never ended, are not known, so it is not settled by this.
 */
const SETTLED: ReadonlySet<string | undefined> = new Set(['ROW_OWNER_UNKNOWN', 'TRANSACTION_INCOMPLETE']);

const withoutSettled = (changeSet: ChangeSet): ChangeSet =>
  SETTLED.has(changeSet.refusal?.code) ? { ...changeSet, refusal: null } : changeSet;

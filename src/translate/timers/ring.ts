/**
 * A timer of an aggregate is due: it is retired, something that is expected of it is overdue, a service has not told what it is to, or what is compared
 * with a service on trial has waited long enough. Pure.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { deadlineWhenDue, type Rung } from './deadlines.js';
import { untoldWhenDue } from './echoes.js';
import { entryOf, silent, summaryOf, type Translated } from '../entry.js';
import { contextOf, publishAll } from '../publish/publish.js';
import { timeOver } from '../ownership/trial.js';
import { PARITY, withOverdue } from './named.js';
import { retireWhenDue } from './retire.js';
import type { TranslateSettings } from '../settings.js';
import type { RulesOf } from '../snapshots/missed.js';

/** @param before has forgotten the timer. @throws Refused RULE_THREW, CONTRACT_VIOLATED, EVENT_TOO_LARGE */
export function ring(
  changeSet: ChangeSet,
  before: AggregateState,
  rulesOf: RulesOf,
  settings: TranslateSettings,
): Translated {
  if (changeSet.timer?.name === PARITY) return timeOver(changeSet, before, rulesOf.aggregate, settings);
  const untold = untoldWhenDue(changeSet, before, rulesOf.aggregate, settings);
  if (untold !== null) return untold;
  const rung = deadlineWhenDue(changeSet, before, rulesOf);
  if (rung !== null) return overdue(changeSet, before, rung, rulesOf, settings);
  const { state, seen } = retireWhenDue(changeSet, before, rulesOf) ?? {
    state: notOverdue(changeSet, before),
    seen: [],
  };
  return silent(changeSet, state.isStub === true ? 'retired' : 'timer', { state, seen, verdicts: [] }, settings);
}

/** The rules wait for it no more. */
const notOverdue = ({ timer }: Pick<ChangeSet, 'timer'>, before: AggregateState): AggregateState =>
  timer !== undefined && before.overdue?.[timer.name] === timer.dueMs ? withOverdue(before, timer.name, null) : before;

/** What is expected was due. */
function overdue(
  changeSet: ChangeSet,
  before: AggregateState,
  { state: left, told: deadlines, happened, verdicts, view, lookups }: Rung,
  { aggregate, unknown }: RulesOf,
  settings: TranslateSettings,
): Translated {
  const asked = { changeSet, aggregate, unknown, before, after: before.rows, view, lookups, settings };
  const published = publishAll({ ...asked, happened, reached: [] });
  const { events, withheld, fired, sequences, kept, echoes, compared } = published;
  const happenedIn = { ...left, fired, sequences, ...kept };
  const state = compared?.keep(happenedIn) ?? happenedIn;
  const isOverdue = deadlines.some(({ became }) => became === 'overdue');
  const context = isOverdue ? contextOf(asked) : undefined;
  const entry = entryOf(changeSet, state, settings, {
    ...{ outcome: isOverdue ? 'overdue' : 'timer', rows: [], verdicts: [...verdicts, ...withheld] },
    ...{ events: events.map(summaryOf), looked: lookups.asked(), deadlines },
    ...(typeof context === 'object' ? { context } : {}),
    ...(echoes === undefined ? {} : { echoes }),
    parity: compared?.judged ?? [],
  });
  return { state, entry, events };
}

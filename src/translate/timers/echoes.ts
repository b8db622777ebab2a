/**
 * What a service is to tell, and until when (docs/routes.md, "Echoes"). Pure.
 *
 * C1. A fact of what the service has is withheld and owed, whoever wrote the rows. The word of a transaction that the service wrote it changes that
 *     for what is legacy's alone: it is held too, and not published.
 * C2. What the service tells is its own proof, once: the fact is told, and owed no more. Where it never comes, a timer ends the wait.
 * C3. Then the service's stays owed, and what was held is a finding, as what was missed: an operator publishes it or lets it be. Neither is guessed.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import type { EchoTold } from '../../domain/ownership/echo.js';
import type { AggregateState, MissedFact, Owed } from '../../domain/state/aggregate-state.js';
import type { Verdict } from '../../domain/state/journal-entry.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { entryOf, type Translated } from '../entry.js';
import { copyOf, own, without } from '../own.js';
import { withoutOwed } from '../ownership/owed.js';
import type { TranslateSettings } from '../settings.js';
import { NO_FINDINGS, withFindings } from '../snapshots/marks.js';
import { ECHO, withTimer } from './named.js';

interface OwedFact {
  readonly contract: string;
  readonly occurrence: string;
  readonly owed: Owed;
}

const allOwed = ({ owed = {} }: AggregateState): OwedFact[] =>
  Object.entries(owed).flatMap(([contract, all]) =>
    Object.entries(all).map(([occurrence, one]) => ({ contract, occurrence, owed: one })),
  );

/** With the timer of the first that is to be told, or without. */
export function withEchoTimer(state: AggregateState): AggregateState {
  if (state.owed === undefined) return withTimer(state, ECHO, null);
  let first: number | null = null;
  for (const { owed } of allOwed(state))
    if (owed.untilMs !== undefined && (first === null || owed.untilMs < first)) first = owed.untilMs;
  return withTimer(state, ECHO, first);
}

/** The timer was due (C3). @returns null: it was another, or nothing is waited for any more. */
export function untoldWhenDue(
  changeSet: ChangeSet,
  before: AggregateState,
  { facts }: Pick<CompiledAggregate, 'facts'>,
  settings: Pick<TranslateSettings, 'digest'>,
): Translated | null {
  const { timer } = changeSet;
  if (timer?.name !== ECHO) return null;
  const due = allOwed(before).filter(({ owed: { untilMs = Infinity } }) => untilMs <= timer.dueMs);
  if (due.length === 0) return null;
  const nameOf = (fact: string): string => facts.find(({ name }) => name === fact)?.definition.name ?? fact;
  const held = due.filter(({ owed }) => owed.isHeld === true);
  const echoes = due.map(({ contract, occurrence, owed }): EchoTold => {
    const became = owed.isHeld === true ? 'not-owned' : 'expired';
    return { contract, became, fact: nameOf(owed.fact), occurrence };
  });
  const verdicts = held.map(({ occurrence, owed: { fact, values } }): Verdict => {
    return { fact: nameOf(fact), verdict: 'missed', occurrence, values };
  });
  const state = withEchoTimer(held.reduce(withMissed, due.reduce(waitedFor, before)));
  return {
    state,
    entry: entryOf(changeSet, state, settings, { outcome: 'untold', rows: [], verdicts, echoes }),
    events: [],
  };
}

function waitedFor(state: AggregateState, { contract, occurrence, owed }: OwedFact): AggregateState {
  if (owed.isHeld === true) return withoutOwed(state, contract, occurrence);
  const known = copyOf(own(state.owed ?? {}, contract));
  known[occurrence] = without(owed, 'untilMs');
  return { ...state, owed: { ...state.owed, [contract]: known } };
}

/** Of a fact with several publications it is one finding. */
function withMissed(state: AggregateState, { contract, occurrence, owed }: OwedFact): AggregateState {
  const { fact, values, origin } = owed;
  const findings = state.findings ?? NO_FINDINGS;
  const isSame = (one: MissedFact): boolean => one.fact === fact && one.occurrence === occurrence;
  const known = findings.missed.find(isSame);
  const contracts = [...(known?.contracts ?? []), contract];
  const others = findings.missed.filter((one) => !isSame(one));
  return withFindings(state, { ...findings, missed: [...others, { fact, occurrence, values, origin, contracts }] });
}

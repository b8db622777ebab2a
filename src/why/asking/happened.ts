/** Facts that are remembered as having been: how, because of what, and by which events it was told. Pure. */
import { eventId } from '../../domain/event-id.js';
import { contractText } from '../../domain/integration-event.js';
import { compareKeys } from '../../domain/tables/table.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { Verdict } from '../../domain/state/journal-entry.js';
import type { CompiledFact } from '../../rules/compile.js';
import type { ContractDefinition } from '../../rules/contract.js';
import { HELD_BEFORE } from '../../translate/decide.js';
import { own } from '../../translate/own.js';
import type { EventAnswer, Occurrence } from '../answer.js';
import type { Told } from '../history/chain.js';
import type { ToldVerdict } from '../history/verdicts.js';
import { originShown, placeShown } from '../shown.js';
import type { Known } from './known.js';

export const OCCURRENCES_SHOWN_MAX = 20;

interface Occurred {
  readonly occurrence: string;
  /** Sequence of the first event that it caused; 0: it caused none. */
  readonly sequence: number;
}

/** Newest first as far as that is known. */
export function occurrencesOf(
  fact: CompiledFact,
  known: Known,
): { readonly occurrences: Occurrence[]; readonly moreOccurrences: number } {
  const fired = own(known.state.fired, fact.name) ?? {};
  const all = Object.entries(fired).map(([occurrence, sequence]) => ({ occurrence, sequence }));
  all.sort((a, b) => b.sequence - a.sequence || compareKeys(b.occurrence, a.occurrence));
  const occurrences = all.slice(0, OCCURRENCES_SHOWN_MAX).map((occurred) => occurrenceOf(fact, occurred, known));
  return { occurrences, moreOccurrences: all.length - occurrences.length };
}

function occurrenceOf(fact: CompiledFact, occurred: Occurred, known: Known): Occurrence {
  const all = known.verdicts.of(fact, occurred.occurrence);
  const cause = causeOf(all);
  const withheld = all.flatMap(({ verdict }) => (verdict.verdict === 'withheld' ? [verdict] : []));
  const told = cause?.told;
  const events = eventsOf(fact, occurred, told, known);
  return {
    occurrence: occurred.occurrence,
    how: howOf(
      fact,
      occurred,
      { all, cause, hasEvents: isPublished(fact, events), isWithheld: withheld.length > 0 },
      known,
    ),
    ...causeShown(told, known),
    cameTrue: told === undefined ? [] : cameTrue(fact, told, known),
    events,
    withheld: withheld.map(({ contract, reason }) => ({ contract, reason })),
    intervention: told?.entry.intervention ?? null,
  };
}

function causeShown(told: Told | undefined, { shown }: Known) {
  if (told === undefined) return { origin: null, entry: null, digest: null, rows: [], moreRows: 0 };
  const { origin, digest, rows } = told.entry;
  return {
    origin: originShown(origin),
    entry: placeShown(told),
    digest,
    ...shown.rows(rows),
    ...shown.said(told.entry),
  };
}

const CAUSES: readonly Verdict['verdict'][] = ['fired', 'withheld', 'learnt', 'missed'];

/** The entry with which it came to be. */
function causeOf(all: readonly ToldVerdict[]): ToldVerdict | undefined {
  for (const word of CAUSES) {
    const found = all.find(({ verdict }) => verdict.verdict === word);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Evidence {
  readonly all: readonly ToldVerdict[];
  readonly cause: ToldVerdict | undefined;
  readonly hasEvents: boolean;
  readonly isWithheld: boolean;
}

function howOf(
  fact: CompiledFact,
  { sequence, occurrence }: Occurred,
  { all, cause, hasEvents, isWithheld }: Evidence,
  { verdicts, history, state }: Known,
): Occurrence['how'] {
  if (sequence > 0) return 'published';
  const word = cause?.verdict.verdict;
  if (word === 'learnt') return word;
  if (word === 'missed') return isOpen(fact, occurrence, state) ? word : 'dismissed';
  if (word !== undefined) {
    if (hasEvents) return 'published';
    if (isWithheld) return 'withheld';
    return fact.publications.length === 0 ? 'internal' : 'unknown';
  }
  if (all.some(({ verdict }) => verdict.verdict === 'unmet' && verdict.unknown.includes(HELD_BEFORE)))
    return 'doubtful';
  if (fact.definition.kind === 'milestone' && verdicts.isNewerThanFirst(fact)) return 'newer rule';
  return history.end === 'begin' ? 'baseline' : 'unknown';
}

/** An operator has not decided about it. */
const isOpen = ({ name }: CompiledFact, occurrence: string, { findings }: AggregateState): boolean =>
  findings?.missed.some((missed) => missed.fact === name && missed.occurrence === occurrence) === true;

/** In a shadow topic it is not. */
const isPublished = ({ publications }: CompiledFact, events: readonly EventAnswer[]): boolean =>
  events.some(({ topic }) => publications.some(({ contract }) => contract.topic === topic));

function eventsOf(fact: CompiledFact, occurred: Occurred, told: Told | undefined, { ref }: Known): EventAnswer[] {
  const published = told?.entry.events;
  return fact.publications.flatMap(({ contract }): EventAnswer[] => {
    const { name, majorVersion } = contract;
    const id = eventId({ contract: name, majorVersion, aggregateId: ref.id, occurrence: occurred.occurrence });
    const event = published?.find(({ value }) => value['eventId'] === id);
    if (event !== undefined) return [eventShown(id, contract, event.topic, Number(event.value['sequence']))];
    const isKnown = told !== undefined && told.entry.isSealed !== true;
    if (isKnown || occurred.sequence === 0) return [];
    return [eventShown(id, contract, contract.topic, fact.publications.length === 1 ? occurred.sequence : null)];
  });
}

const eventShown = (
  id: string,
  { name, majorVersion }: ContractDefinition,
  topic: string,
  sequence: number | null,
): EventAnswer => ({ id, type: name, version: majorVersion, topic, sequence, partition: null, offset: null });

function cameTrue({ definition }: CompiledFact, told: Told, { asking, steps }: Known): string[] {
  if (definition.kind !== 'milestone') return [];
  const step = steps.of(told);
  if (step === null) return [];
  const before = new Map(asking.milestone(definition, step.before).map(({ name, holds }) => [name, holds]));
  return asking
    .milestone(definition, step.after)
    .filter(({ name, holds }) => holds === true && before.get(name) !== true)
    .map(({ name }) => name);
}

export const contractsOf = ({ publications }: CompiledFact): string[] =>
  publications.map(({ contract: { name, majorVersion } }) => contractText(name, majorVersion));

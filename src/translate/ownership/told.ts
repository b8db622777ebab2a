/**
 * What a service told, against what is known of its aggregate. Pure.
 *
 * O1. What the owner published counts as published: its fact is never published again by whoever owns it later, and numbers go on behind its
 *     number, whatever is wrong with that.
 * O2. What anybody else published counts as nothing: it is a finding, and the state stays as it was.
 * O3. It tells of no row, so no rule is asked. A fact that rules come to before or after is paired with it by contract and occurrence.
 * O4. An aggregate of which no row was seen begins with it, and is the service's under its contract.
 * O5. The same event told a second time, as an outbox may, changes nothing.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import type { EchoTold } from '../../domain/ownership/echo.js';
import type { ToldEvent, ToldFinding } from '../../domain/ownership/told.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import { contractText } from '../../domain/integration-event.js';
import type { CompiledAggregate, CompiledFact } from '../../rules/compile.js';
import { entryOf, type Translated } from '../entry.js';
import { copyOf, own, ownIn } from '../own.js';
import { isUnseen } from '../publish/owners.js';
import type { TranslateSettings } from '../settings.js';
import { withoutOwed } from './owed.js';
import { numberTold } from '../publish/told-number.js';

/** @throws DragomanError INVARIANT_BROKEN when the change set is no `told`. */
export function takeTold(
  changeSet: ChangeSet,
  before: AggregateState,
  aggregate: Pick<CompiledAggregate, 'facts'>,
  settings: Pick<TranslateSettings, 'digest' | 'routing'>,
): Translated {
  const { told, place } = changeSet;
  if (told === undefined) throw new DragomanError('INVARIANT_BROKEN', 'A told change set does not say what was told.');
  const { contract, eventId, occurrence, sequence, epoch, producer } = told;
  const event = { contract, eventId, occurrence, sequence, epoch, producer };
  const fact = aggregate.facts.find(({ publications }) =>
    publications.some(({ contract }) => contractText(contract.name, contract.majorVersion) === told.contract),
  );
  const isOwner = ownsBy(told, before);
  const isAgain = isOwner && isToldAgain(told, before);
  const finding = isAgain ? null : isOwner ? numberFinding(told, before, fact) : intruder(told);
  const state = isOwner && !isAgain ? withTold(before, told, fact) : before;
  const tells = { ...event, ...(place === undefined ? {} : { place }), ...(finding === null ? {} : { finding }) };
  const echoes = state === before ? [] : echoesOf(told, before, fact, settings);
  const entry = entryOf(changeSet, state, settings, { outcome: 'told', rows: [], echoes });
  return { state, entry: { ...entry, told: tells }, events: [] };
}

/** Rows have shown it before. */
function echoesOf(
  { contract, occurrence }: ToldEvent,
  { owed }: AggregateState,
  fact: CompiledFact | undefined,
  { routing }: Pick<TranslateSettings, 'routing'>,
): EchoTold[] {
  const isEcho = ownIn(owed, contract, occurrence) !== undefined && routing?.of(contract)?.echoes != null;
  const named = fact === undefined ? {} : { fact: fact.definition.name };
  return isEcho ? [{ contract, became: 'suppressed', ...named, occurrence }] : [];
}

/** O5. */
export const isToldAgain = (
  { contract, occurrence, sequence }: Pick<ToldEvent, 'contract' | 'occurrence' | 'sequence'>,
  before: AggregateState,
): boolean => ownIn(before.told, contract, occurrence) === sequence;

/** O4. Whose an aggregate is under a contract was decided with its first row. */
function ownsBy({ contract, stage, isSticky, isFormer }: ToldEvent, before: AggregateState): boolean {
  if (!isSticky) return stage === 'service';
  const owner = before.owners === undefined ? undefined : own(before.owners, contract);
  if (isFormer === true) return owner === 'service';
  if (owner === undefined) return stage === 'service' && isUnseen(before);
  return owner === 'service' || (owner === 'open' && stage === 'service');
}

const intruder = ({ producer, stage }: ToldEvent): ToldFinding => ({
  code: 'INTRUDER_ROUTE',
  text:
    `${producer} published it, and does not own it: ` +
    (stage === 'service' ? 'it began in legacy, and ends there.' : `its route is in stage ${stage}.`),
});

function numberFinding(
  { contract, occurrence, sequence }: ToldEvent,
  before: AggregateState,
  fact: CompiledFact | undefined,
): ToldFinding | null {
  const last = own(before.sequences, contract) ?? 0;
  const told = numberTold(before, contract, occurrence);
  if (told !== undefined || isPublished(before, fact, { contract, occurrence }))
    return {
      code: 'TOLD_AGAIN',
      text: `Number ${sequence} tells of a fact that was published${told === undefined ? '' : ` as number ${told}`} before.`,
    };
  if (sequence === last + 1) return null;
  return sequence > last
    ? { code: 'TOLD_SEQUENCE_GAP', text: `It has number ${sequence}; the one after the last is ${last + 1}.` }
    : { code: 'TOLD_SEQUENCE_BACK', text: `It has number ${sequence}; the last was ${last}.` };
}

/** By Dragoman. Of a fact with several publications that is not known of each. */
function isPublished(
  { fired, owed }: AggregateState,
  fact: CompiledFact | undefined,
  { contract, occurrence }: Pick<ToldEvent, 'contract' | 'occurrence'>,
): boolean {
  if (fact?.publications.length !== 1 || ownIn(owed, contract, occurrence) !== undefined) return false;
  return (ownIn(fired, fact.name, occurrence) ?? 0) > 0;
}

/** O1. */
function withTold(
  before: AggregateState,
  { contract, occurrence, sequence, isSticky }: ToldEvent,
  fact: CompiledFact | undefined,
): AggregateState {
  const known = copyOf(own(before.told ?? {}, contract));
  known[occurrence] = sequence;
  const counted = { ...before.sequences, [contract]: Math.max(own(before.sequences, contract) ?? 0, sequence) };
  const state = { ...withoutOwed(before, contract, occurrence), sequences: counted };
  const begun =
    isSticky && own(before.owners ?? {}, contract) !== 'service'
      ? { owners: { ...before.owners, [contract]: 'service' as const } }
      : {};
  return {
    ...state,
    ...begun,
    told: { ...before.told, [contract]: known },
    fired: withNumber(before.fired, fact, occurrence, sequence),
  };
}

/** What happened without an event has one now. */
function withNumber(
  fired: AggregateState['fired'],
  fact: CompiledFact | undefined,
  occurrence: string,
  sequence: number,
): AggregateState['fired'] {
  if (fact === undefined || ownIn(fired, fact.name, occurrence) !== 0) return fired;
  const occurrences = copyOf(own(fired, fact.name));
  occurrences[occurrence] = sequence;
  return { ...fired, [fact.name]: occurrences };
}

/**
 * A command on one aggregate -> decisions. The journal gets an entry of its own for it, before the entries of what it did; the state
 * remembers it, so that the same command again does nothing. Pure apart from the memory that it reads and changes, and rows of lookup
 * tables that it loads.
 */
import { type AggregateState, aggregateText, type Parked, waitingCount } from '../../domain/state/aggregate-state.js';
import { type AggregateRef, originText } from '../../domain/change-set.js';
import { type AggregateCommand, type DiscardCommand, outcomeOf, subjectOf } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';
import { firstNameOf } from '../../rules/named.js';
import { errorWords, RuleTooSlow } from '../../translate/ask.js';
import { dismissMissed, type FindingsDecided, publishMissed } from '../../translate/snapshots/findings.js';
import { discard } from '../../translate/parking/discard.js';
import type { LookupRows } from '../../translate/looking.js';
import { without } from '../../translate/own.js';
import { decidedBy, withoutUnknownCodes, withRules } from '../../translate/pins.js';
import { withEchoTimer } from '../../translate/timers/echoes.js';
import { toldBy, withTold } from '../../translate/told.js';
import type { Translated } from '../../translate/translate.js';
import { NOTHING_WAITS, takeUp, unpark } from '../../translate/parking/unpark.js';
import { type Decisions, type DecideSettings, Deciding } from '../decide/decisions.js';
import { excessOf, type Sizes } from '../decide/fitting.js';
import type { Memory } from '../state/memory.js';
import { audit, originOf, remembering } from './audit.js';
import { migrated } from './migrating.js';
import { forgetNext, forgottenRows, unforgettable } from './forgetting.js';
import { ownedRows, vanishedRows } from '../../changeset/owners.js';
import { partlyRead, withRowsReadAgain } from './read-again.js';
import { Lookups } from '../decide/lookups.js';

/** What a command does, one step after the other; or why it does nothing. */
type Effect = { readonly steps: readonly Translated[] } | { readonly refused: string };

/** The aggregate by the name under which it is remembered, whatever whoever wrote the command called it. */
const refOf = ({ arguments: { aggregate, id } }: AggregateCommand, rules: DecideSettings['rules']): AggregateRef => ({
  aggregate: firstNameOf(rules, aggregate),
  id,
});

/** What is decided upon comes into memory. @throws DragomanError MARKER_MOVED */
export async function loadFor(command: AggregateCommand, memory: Memory, settings: DecideSettings): Promise<void> {
  const ref = refOf(command, settings.rules);
  const aggregate = aggregateText(ref);
  await memory.loadStates([aggregate]);
  await memory.fillPart(aggregate);
  const state = memory.state(aggregate);
  if (state !== null) await memory.loadOwners(rowsGivenUp(command, ref, state, settings).keys());
}

/** It took up a part of what waits; the next part is decided by the same command again. */
export const isUnderWay = (command: AggregateCommand, memory: Memory, { rules }: DecideSettings): boolean =>
  isTaking(command, memory.state(aggregateText(refOf(command, rules))));

const isTaking = ({ id }: AggregateCommand, state: AggregateState | null): boolean =>
  state?.parked?.taking?.command === id;

/** {@link loadFor} was called. */
export async function decideCommand(
  command: AggregateCommand,
  memory: Memory,
  settings: DecideSettings,
): Promise<Decisions> {
  const decisions = new Deciding(memory, settings);
  const ref = refOf(command, settings.rules);
  const { aggregate, id } = ref;
  const before = memory.state(aggregateText(ref));
  if (before === null) {
    const outcome = outcomeOf(command, 'refused', `No ${subjectOf(command)} is known.`);
    decisions.told.push({ kind: 'command', outcome });
    return decisions.end();
  }
  const isFirst = !isTaking(command, before);
  if (isFirst && before.lastCommand?.id === command.id) {
    const { result, text } = before.lastCommand;
    decisions.told.push({ kind: 'command', outcome: outcomeOf(command, 'repeated', `It was ${result}: ${text}`) });
    return decisions.end();
  }
  const applied = remembering(command, before, 'applied', effectText(command, before));
  const audited = isFirst ? applied : before;
  const effect = withinLimits(await effectIn(command, audited, memory, settings), decisions, settings);
  if ('refused' in effect) {
    const refused = remembering(command, withoutTaking(before), 'refused', effect.refused);
    audit(ref, command, refused, decisions, settings);
    tell(command, refused, decisions);
    return decisions.end();
  }
  if (isFirst) audit(ref, command, applied, decisions, settings);
  const isDone = !isTaking(command, effect.steps.at(-1)?.state ?? null);
  if (isDone) tell(command, audited, decisions);
  if (isDone && TAKES_UP.has(command.kind) && before.parked !== null)
    decisions.told.push({ kind: 'unparked', aggregate, id, code: before.parked.code });
  for (const step of effect.steps) decisions.add(step);
  const kept = command.kind === 'forget' ? null : effect.steps.at(-1)?.state;
  const owned = kept == null ? null : ownedRows({ aggregate, id }, kept, settings.rules);
  for (const [row, owner] of rowsGivenUp(command, { aggregate, id }, before, settings))
    if (owned?.has(row) !== true && memory.owners.get(row) === owner) decisions.changeOwner(row, null);
  return decisions.end();
}

/** Owner by row, as far as the index still says so: what the command takes out of it, but for rows that the aggregate has afterwards. */
function rowsGivenUp(
  { kind }: AggregateCommand,
  ref: AggregateRef,
  state: AggregateState,
  { rules, shard }: DecideSettings,
): ReadonlyMap<string, string> {
  if (shard.count > 1) return NO_ROWS; // the index is what all shards see, and only this one sees what the command does
  if (kind === 'forget') return forgottenRows(ref, state, rules);
  // What waits in the store may tell of them again.
  if (state.parked?.spilled !== undefined) return NO_ROWS;
  return kind === 'missed.publish' || kind === 'missed.dismiss' ? vanishedRows(ref, state, rules) : NO_ROWS;
}

const NO_ROWS: ReadonlyMap<string, string> = new Map();

/** What was taken up before stays so; the rest waits as it did. */
function withoutTaking({ parked, ...state }: AggregateState): AggregateState {
  return { ...state, parked: parked && without(parked, 'taking') };
}

/** After them an aggregate is parked only when something parks it again. */
const TAKES_UP: ReadonlySet<AggregateCommand['kind']> = new Set(['unpark', 'parked.discard', 'forget']);

/** What would be too large for its topic is not done; what waits goes on waiting. */
function withinLimits(effect: Effect, sizes: Sizes, settings: DecideSettings): Effect {
  if ('refused' in effect) return effect;
  for (const step of effect.steps) {
    const excess = excessOf(step, sizes, settings);
    if (excess !== null) return { refused: `${excess.code}: ${excess.text}` };
  }
  return effect;
}

/** With all rows of lookup tables that it needs. @throws DragomanError MARKER_MOVED */
async function effectIn(
  command: AggregateCommand,
  state: AggregateState,
  memory: Memory,
  settings: DecideSettings,
): Promise<Effect> {
  const lookups = new Lookups(memory);
  const ask = (): Effect => watched(settings, () => effectOf(command, state, lookups.rows, settings));
  const effect = ask();
  return lookups.isMissing ? lookups.again(ask) : effect;
}

/** Rules that do not end let the command be refused. */
function watched({ watch }: DecideSettings, ask: () => Effect): Effect {
  try {
    return watch(ask);
  } catch (error) {
    if (error instanceof RuleTooSlow) return { refused: `${error.refusal.code}: ${error.refusal.text}` };
    throw error;
  }
}

/** Never throws: the command is refused, the pipeline goes on. */
function effectOf(
  command: AggregateCommand,
  state: AggregateState,
  lookups: LookupRows,
  settings: DecideSettings,
): Effect {
  const { aggregate, id } = refOf(command, settings.rules);
  if (!settings.rules.aggregates.has(aggregate))
    return { refused: `No rule declares "${command.arguments.aggregate}".` };
  try {
    const of = { aggregate, id, state, origin: originOf(command) };
    switch (command.kind) {
      case 'unpark':
        return state.parked === null
          ? { refused: `${subjectOf(command)} is not parked.` }
          : {
              steps: inParts(
                unpark(withRowsReadAgain(state, settings.rules), settings.rules, settings.translate, lookups),
                state.parked,
                { command: command.id, givenUp: 0 },
              ),
            };
      case 'parked.discard':
        return discarded(command, state, lookups, settings);
      case 'forget': {
        const refused = unforgettable(
          subjectOf(command),
          state,
          settings.rules.aggregates.get(aggregate)?.keeps ?? null,
        );
        const { digest } = settings.translate;
        return refused === null ? { steps: [forgetNext({ ...of, command: command.id, digest })] } : { refused };
      }
      case 'pin.migrate':
        return settings.translate.pins?.of(aggregate, state) == null
          ? { refused: `${subjectOf(command)} is decided by the rules of now already.` }
          : { steps: [migrated(of, settings)] };
      case 'missed.publish':
        return ofFindings(awaited(publishMissed(of, settings.rules, settings.translate, lookups)));
      case 'missed.dismiss':
        return ofFindings(
          dismissMissed(of, command.arguments.keepRows ? 'keep' : 'remove', settings.rules, settings.translate),
        );
    }
  } catch (error) {
    return { refused: refusedBy(error) };
  }
}

/** What is the service's now, it is to tell. */
function awaited(done: FindingsDecided): FindingsDecided {
  if (done.kind !== 'decided') return done;
  const state = withEchoTimer(done.state);
  return { ...done, state, entry: { ...done.entry, state } };
}

/** A command that fails is answered and over: left in the log it would meet every owner of the pipeline again. */
function refusedBy(error: unknown): string {
  if (error instanceof DragomanError && error.disposition !== 'fatal') return `${error.code}: ${error.message}`;
  return `An unexpected failure: ${error instanceof DragomanError ? error.message : errorWords(error)}. Nothing was changed. Please report it.`;
}

/** Gives up the first change sets that wait, then takes up the others (decision 0004). */
function discarded(
  command: DiscardCommand,
  state: AggregateState,
  lookups: LookupRows,
  settings: DecideSettings,
): Effect {
  const { first, changeSets } = command.arguments;
  const { parked, ...rest } = state;
  const { rules, translate } = settings;
  const compiled = rules.aggregates.get(refOf(command, rules).aggregate);
  const [parking] = parked?.waiting ?? [];
  if (parked === null || parking === undefined || compiled === undefined)
    return { refused: `${subjectOf(command)} is not parked.` };
  if (compiled.keeps === 'waiting') return { refused: WAITING_KEPT };
  const by = decidedBy(state, compiled, translate);
  const before = parked.taking?.command === command.id ? parked.taking.givenUp : 0;
  const isLooked = before > 0 || (originText(parking.origin) === first && changeSets <= waitingCount(parked));
  if (!isLooked) {
    return {
      refused: `${waitingCount(parked)} change sets wait, the first is ${originText(parking.origin)}, not ${first}: look again (parked show).`,
    };
  }
  const reason = `Given up by ${command.by}: ${command.reason} (command ${command.id}).`;
  const steps: Translated[] = [];
  let known: AggregateState = { ...rest, parked: null };
  const givenUp = parked.waiting.slice(0, changeSets - before);
  for (const changeSet of givenUp) {
    const refusal =
      changeSet === parking && before === 0 ? { code: parked.code, text: parked.text } : changeSet.refusal;
    const changes = partlyRead(changeSet, refusal, rules).map((change) => withoutUnknownCodes(change, by.kept));
    const step = discard({ changeSet, changes, refusal, reason }, known, by.aggregate, by.settings, lookups);
    known = withRules(step.state, compiled, by.settings.digest);
    const done = { ...step, state: known, entry: { ...step.entry, state: known } };
    steps.push(withTold(done, toldBy(changeSet, compiled, rules, translate)));
  }
  const others = withRowsReadAgain(
    {
      ...state,
      parked: { ...parked, first: parked.first + givenUp.length, waiting: parked.waiting.slice(givenUp.length) },
    },
    rules,
  );
  const taken = takeUp(others.parked ?? NOTHING_WAITS, known, { rules, settings: translate, lookups });
  const taking = { command: command.id, givenUp: before + givenUp.length };
  return { steps: inParts([...steps, ...taken], parked, taking) };
}

/** Where more waits than was taken up, the aggregate goes on waiting as it did, until the next part. */
function inParts(
  steps: readonly Translated[],
  { spilled, ...parked }: Parked,
  taking: NonNullable<Parked['taking']>,
): readonly Translated[] {
  const last = steps.at(-1);
  if (last === undefined || spilled === undefined || last.state.parked !== null) return steps;
  const first = parked.first + parked.waiting.length;
  const state = { ...last.state, parked: { ...parked, first, waiting: [], spilled, taking } };
  return [...steps.slice(0, -1), { ...last, state, entry: { ...last.entry, state } }];
}

const WAITING_KEPT =
  'These rows wait for their parent, and belong to no aggregate yet: there is nothing to give up. Remove the cause, then parked retry.';

function ofFindings(decided: FindingsDecided): Effect {
  switch (decided.kind) {
    case 'decided':
      return { steps: [decided] };
    case 'refused':
      return { refused: `${decided.refusal.code}: ${decided.refusal.text}` };
    case 'none':
      return { refused: 'Nothing that it missed is open.' };
  }
}

function effectText(command: AggregateCommand, { parked, findings, rows }: AggregateState): string {
  const missed = findings?.missed.length ?? 0;
  const waiting = parked === null ? 0 : waitingCount(parked);
  switch (command.kind) {
    case 'unpark':
      return `${waiting} waiting change sets were taken up in their order.`;
    case 'parked.discard': {
      const { changeSets } = command.arguments;
      return `${changeSets} waiting change sets were given up; ${waiting - changeSets} were taken up in their order.`;
    }
    case 'forget': {
      const count = Object.values(rows).reduce((sum, all) => sum + Object.keys(all).length, 0);
      return `${count} rows and ${waiting} waiting change sets were forgotten; what it published is remembered by number.`;
    }
    case 'pin.migrate':
      return 'It is decided by the rules of now from here on.';
    case 'missed.publish':
      return `${missed} missed facts were published.`;
    case 'missed.dismiss':
      return `${missed} missed facts were dismissed.`;
  }
}

/** When all of it is done. */
function tell(command: AggregateCommand, { lastCommand }: AggregateState, decisions: Deciding): void {
  if (lastCommand === undefined) return;
  decisions.told.push({ kind: 'command', outcome: outcomeOf(command, lastCommand.result, lastCommand.text) });
}

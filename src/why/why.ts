/**
 * Why it happened, and why it did not, for one aggregate: its state and its history say what was, its rules are asked again for what is missing, and the
 * pipeline is asked what still may come. In: a question, the outside, the rules that stand here. Out: an {@link Answer}.
 */
import { aggregateText, type AggregateState, waitingCount } from '../domain/state/aggregate-state.js';
import { originText } from '../domain/change-set.js';
import type { JournalEntry } from '../domain/state/journal-entry.js';
import { Lookups } from '../pipeline/decide/lookups.js';
import type { CompiledAggregate, CompiledFact, CompiledRules } from '../rules/compile.js';
import type { LookupRows } from '../translate/looking.js';
import { expectedTimer } from '../translate/timers/named.js';
import { unknownTables } from '../translate/timers/retire.js';
import { ANSWER_SCHEMA, type Answer, type EventAnswer, type FactAnswer } from './answer.js';
import { Asking, type AskingSettings } from './asking/asked.js';
import { contractsOf, occurrencesOf } from './asking/happened.js';
import type { Known } from './asking/known.js';
import { missesOf } from './asking/misses.js';
import { type History, historyOf } from './history/chain.js';
import { Steps } from './history/steps.js';
import { Verdicts } from './history/verdicts.js';
import { Writers } from './history/writers.js';
import type { HeldNow, HeldTransaction, Outside, PipelineNow } from './outside.js';
import { aggregateAsked, checkId, factsAsked, foundVia, type Question, SEEN_MAX } from './question.js';
import { seenShown, Shown, timeText } from './shown.js';
import { withPlaces } from './places.js';

/** The rules that stand here. */
export interface WhyRules {
  readonly rules: CompiledRules;
  readonly digest: string;
}

export interface WhySettings extends WhyRules, Pick<AskingSettings, 'watch'> {
  /** Of the pipeline. */
  readonly qualifier: string | null;
}

/** @throws DragomanError COMMAND_INVALID when nothing is called so; what the outside throws */
export async function why(question: Question, outside: Outside, settings: WhySettings): Promise<Answer> {
  const { rules, qualifier } = settings;
  const here = aggregateAsked(question.aggregate, rules);
  checkId(question.id, here, qualifier);
  const ref = { aggregate: here.name, id: question.id };
  const [[state = null], now, held] = await Promise.all([
    outside.states(ref.id, [aggregateText(ref)]),
    outside.now(ref.id),
    outside.held(),
  ]);
  const kept = state === null || here.pin !== true ? null : await outside.kept(ref, state);
  const aggregate = kept?.aggregate ?? here;
  const facts = factsAsked(here, question.event, aggregate);
  const shown = new Shown(rules, question.values === true);
  const head = headOf(question, outside, settings, { now, held });
  if (state === null) return { ...head, ...NEVER_HEARD, foundVia: foundVia(here) };
  const history = await historyOf(ref, state, outside.journal);
  const unknown = unknownIn(history, now, rules);
  const known = {
    ref,
    aggregate,
    state,
    history,
    shown,
    writers: new Writers(history, aggregate),
    verdicts: new Verdicts(history),
  };
  const answers = await asked(facts, known, outside, { ...settings, unknown });
  await withPlaces(answers.flatMap(eventsIn), { ref, history, group: question.group }, outside);
  const seen = history.entries.slice(0, question.seenMax ?? SEEN_MAX);
  return {
    ...head,
    standing: here.keeps === 'waiting' ? 'waiting' : standingOf(state, history),
    ...{ foundVia: [], parked: parkedShown(state) },
    unknownTables: [...new Set(unknownTables(unknown, state))].filter((table) => isSeen(table, aggregate)),
    rules: {
      asked: kept?.aggregate == null ? settings.digest : kept.digest,
      running: now?.digest ?? null,
      last: history.entries[0]?.entry.digest ?? null,
      kept: kept?.digest ?? null,
    },
    facts: answers,
    ...{ seen: seen.map((told) => seenShown(told, shown)), moreSeen: history.entries.length - seen.length },
    ...{ historyEnd: history.end, historyMissing: history.missing },
  };
}

type Head = Pick<
  Answer,
  'schema' | 'pipeline' | 'aggregate' | 'id' | 'behind' | 'clock' | 'held' | 'heldUnknown' | 'rules' | 'unknownTables'
>;

function headOf(
  { aggregate, id }: Question,
  { pipeline }: Outside,
  { digest }: WhySettings,
  { now, held }: { readonly now: PipelineNow | null; readonly held: HeldNow },
): Head {
  return {
    ...{ schema: ANSWER_SCHEMA, pipeline, aggregate, id },
    behind: now && behindShown(now),
    clock: now === null || now.clockMs === null ? null : timeText(now.clockMs),
    held: 'held' in held ? held.held.map(heldShown) : null,
    heldUnknown: 'held' in held ? null : held.unknown,
    rules: { asked: digest, running: now?.digest ?? null, last: null, kept: null },
    unknownTables: [],
  };
}

const heldShown = ({ source, transaction, code, text, isWaitedFor, sinceMs }: HeldTransaction) => ({
  ...{ source, transaction, code, text, isWaitedFor },
  since: sinceMs === null ? null : timeText(sinceMs),
});

const NEVER_HEARD: Pick<
  Answer,
  'standing' | 'parked' | 'facts' | 'seen' | 'moreSeen' | 'historyEnd' | 'historyMissing'
> = {
  ...{ standing: 'unknown', parked: null, facts: [], seen: [], moreSeen: 0 },
  ...{ historyEnd: 'none', historyMissing: 0 },
};

/** Until it has done what is there, at the rate of lately; nothing when nothing is there. */
function behindShown({
  recordsBehind: records,
  recordsPerSecond,
  sourceTimeMs,
}: PipelineNow): NonNullable<Answer['behind']> {
  const seconds = recordsPerSecond === null || recordsPerSecond <= 0 ? null : Math.ceil(records / recordsPerSecond);
  return {
    records,
    seconds: records === 0 ? 0 : seconds,
    passed: sourceTimeMs === null ? null : timeText(sourceTimeMs),
  };
}

/** Where nothing was ever decided, transactions do not count. */
function standingOf(state: AggregateState, { entries, end }: History): Answer['standing'] {
  if (state.pairs !== undefined && entries.every(({ entry }) => entry.outcome === 'trial')) return 'unknown';
  if (state.isErased === true) return 'forgotten';
  if (state.isStub === true) return 'retired';
  if (state.parked !== null) return 'parked';
  const isDecided = entries.some(({ entry }) => DECIDING.has(entry.outcome));
  const isOpen = end !== 'begin' || Object.keys(state.fired).length > 0;
  return isDecided || (isOpen && Object.keys(state.at).length > 0) ? 'live' : 'baseline';
}

const DECIDING: ReadonlySet<string> = new Set([
  ...['applied', 'learnt', 'parked', 'queued', 'discarded', 'timer', 'overdue', 'untold', 'kept', 'told', 'owed'],
]);

function parkedShown({ parked }: AggregateState): Answer['parked'] {
  if (parked === null) return null;
  const { code, text, sinceMs, waiting } = parked;
  const [first] = waiting;
  return {
    ...{ code, text, since: timeText(sinceMs), changeSets: waitingCount(parked) },
    first: first === undefined ? null : originText(first.origin),
  };
}

/** By the source that told of it last. */
function unknownIn({ entries }: History, now: PipelineNow | null, { tables }: CompiledRules): readonly string[] {
  if (now === null) return [];
  const [last] = entries;
  const source = last?.entry.origin.source;
  const unknown = source === undefined ? undefined : now.unknown[source];
  return (unknown ?? [...new Set(Object.values(now.unknown).flat())]).filter((table) => tables.has(table));
}

const isSeen = (table: string, { tables, lookups }: CompiledAggregate): boolean =>
  tables.has(table) || lookups.some((lookup) => lookup.table.name === table);

type Asked = Omit<Known, 'asking' | 'steps'>;

/** Rules may look up rows that are not there yet: then they are asked again. */
async function asked(
  facts: readonly CompiledFact[],
  known: Asked,
  outside: Outside,
  { watch, unknown }: WhySettings & Pick<AskingSettings, 'unknown'>,
): Promise<FactAnswer[]> {
  const { aggregate, state, history, ref } = known;
  const ask = (lookups: LookupRows): FactAnswer[] => {
    const asking = new Asking({ aggregate, state, unknown, lookups, watch });
    const all: Known = { ...known, asking, steps: new Steps(state, history) };
    return facts.map((fact) => factAnswer(fact, all));
  };
  if (aggregate.lookups.length === 0) return ask(() => undefined);
  const lookups = new Lookups(new LookedUp(outside, ref.id));
  return lookups.again(() => ask(lookups.rows));
}

/** Rows of lookup tables by the names of their states. */
class LookedUp {
  readonly #outside: Outside;
  readonly #id: string;

  constructor(outside: Outside, id: string) {
    this.#outside = outside;
    this.#id = id;
  }

  known(): undefined {
    return undefined;
  }

  async fetch(names: readonly string[]) {
    const states = names.length === 0 ? [] : await this.#outside.states(this.#id, names);
    return new Map(names.map((name, i) => [name, { state: states[i] ?? null, bytes: 0 }]));
  }
}

function factAnswer(fact: CompiledFact, known: Known): FactAnswer {
  const { name, kind, importance } = fact.definition;
  return {
    ...{ fact: name, kind, importance, contracts: contractsOf(fact), ...expectedOf(fact, known) },
    ...occurrencesOf(fact, known),
    ...missesOf(fact, known),
  };
}

const eventsIn = ({ occurrences }: FactAnswer): EventAnswer[] => occurrences.flatMap(({ events }) => events);

/** Empty: nobody waits for it. */
function expectedOf(fact: CompiledFact, { state, history, aggregate }: Known): Pick<FactAnswer, 'expected'> {
  const milestone = aggregate.facts.find(({ name }) => name === (fact.deadlineOf ?? fact.name)) ?? fact;
  const timer = expectedTimer(milestone.name);
  const overdueMs = state.overdue?.[timer];
  const dueMs = overdueMs ?? state.timers?.[timer];
  if (dueMs === undefined) return {};
  const dueAt = new Date(dueMs).toISOString();
  const told =
    overdueMs === undefined ? undefined : history.entries.find(({ entry }) => isOverdueAt(entry, milestone, dueAt));
  const toldAt = told === undefined || told.writtenMs === 0 ? null : timeText(told.writtenMs);
  return { expected: { dueAt, isOverdue: overdueMs !== undefined, toldAt } };
}

/** Several milestones may be due at the same instant, each with an entry of its own. */
const isOverdueAt = (
  { deadlines = [] }: JournalEntry,
  { definition: { name, formerly } }: CompiledFact,
  at: string,
): boolean =>
  deadlines.some(
    ({ fact, became, dueAt }) => became === 'overdue' && dueAt === at && (fact === name || formerly.includes(fact)),
  );

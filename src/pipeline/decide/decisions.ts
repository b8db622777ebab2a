/**
 * What a draft or a command comes to: records to publish and cells to store, collected one decision at a time. Of a cell that several of
 * them write only the last text is written.
 */
import { type AggregateState, aggregateText, type Timers } from '../../domain/state/aggregate-state.js';
import { shortened } from '../../domain/words/shortened.js';
import { aggregateOfHolder, LOOKUP_AGGREGATE } from '../../domain/tables/feed.js';
import type { Registrations } from '../../domain/registry/registration.js';
import type { Shard } from '../../domain/shard.js';
import { contractText, type IntegrationEvent } from '../../domain/integration-event.js';
import type { Decision } from '../../domain/state/journal-entry.js';
import type { Judged } from '../../domain/state/pairs.js';
import type { CompiledRules } from '../../rules/compile.js';
import { deadLetter, findingDeadLetter, type FoundTold } from '../../translate/parking/dead-letter.js';
import { countRows } from '../../translate/moves/keep.js';
import { severityOf } from '../../translate/parking/severity.js';
import { isOpen } from '../../translate/publish/owners.js';
import type { TranslateSettings } from '../../translate/settings.js';
import { expectedFact } from '../../translate/timers/named.js';
import type { Translated } from '../../translate/translate.js';
import type { PipelineEvent, PublishedTold } from '../events.js';
import type { Memory, Writes } from '../state/memory.js';
import type { Cell, OutputRecord } from '../ports.js';
import { newKey, sealed } from '../seal/seal.js';
import { exampleOf } from '../parity/examples.js';
import { journalRecord } from '../state/journal-entries.js';
import { deadLetterRecord, eventRecord, type InternalTopics } from '../state/records.js';
import { cellRecord, COLUMNS, OWED, PARKED, queueOf, ROWS, STUBS } from '../state/cells.js';
import { pastCells, timerOf } from '../timers/due-hours.js';
import type { DueTimer } from '../timers/due-timers.js';
import type { Extent } from '../state/ledger.js';
import { lastPlace, queued } from '../state/queues.js';
import { LastCells } from './last-cells.js';
import { stubText } from '../state/column-lists.js';
import { type RowRef, tellChangedParts } from '../state/parts.js';

export interface Decisions extends Writes, Extent {
  readonly records: readonly OutputRecord[];
  readonly published: readonly PublishedTold[];
  /** Told to observers when they are committed. */
  readonly told: readonly PipelineEvent[];
}

export interface DecideSettings {
  readonly rules: CompiledRules;
  readonly translate: TranslateSettings;
  /** Contracts whose events name their registered schema. */
  readonly registrations: Registrations;
  /** The text of the rules (`kept/kept-rules.ts`), zipped; null: they came from no files. */
  readonly bundle: string | null;
  readonly topics: InternalTopics;
  /** The part of the pipeline that this task is. */
  readonly shard: Shard;
  /** By source. */
  readonly epochs: ReadonlyMap<string, number>;
  /** Sources of which rows whose aggregate cannot be known become dead letters, instead of stopping the source. */
  readonly unplacedReported: ReadonlySet<string>;
  /** Runs what calls rules, for a time. @throws RuleTooSlow after it; whatever it did until then is half done. */
  readonly watch: <T>(run: () => T) => T;
}

/** What a decision writes, before it is decided that it does. */
interface Made {
  readonly decision: Decision;
  /** Of the aggregate: `order:4711`. */
  readonly key: string;
  /** Null: it was never heard of. */
  readonly before: AggregateState | null;
  readonly state: AggregateState;
  readonly cells: readonly Cell[];
  readonly grownChars: number;
  /** Null: it makes no entry of its own. */
  readonly entry: OutputRecord | null;
}

/** Offsets of earlier entries that an entry has, so that a long history is read in few steps. */
const PREVIOUS_MAX = 16;

/** Decisions while they are made; each is in memory at once, for those that follow. */
export class Deciding {
  readonly records: OutputRecord[] = [];
  readonly published: PublishedTold[] = [];
  readonly told: PipelineEvent[] = [];
  readonly #cells = new LastCells();
  readonly #states = new Set<string>();
  readonly #owners = new Set<string>();
  readonly #write: number;
  readonly #memory: Memory;
  readonly #settings: DecideSettings;
  #made: Made | null = null;

  constructor(memory: Memory, settings: DecideSettings) {
    this.#memory = memory;
    this.#settings = settings;
    this.#write = memory.nextWrite();
  }

  add({ state, entry, events }: Translated): void {
    const { topics, rules, translate, shard, registrations } = this.#settings;
    const { key, before } = this.#make(entry, events);
    const { context } = entry;
    const sourceTimeMs = entry.outcome === 'overdue' ? null : entry.origin.commitTimeMs;
    for (const event of events) {
      this.records.push(eventRecord(event, registrations));
      if (event.isShadow === true) continue;
      this.published.push({
        ...{ type: event.type, sourceTimeMs },
        ...(context === undefined ? {} : { context }),
        ...(event.headers['ce_deprecated'] === undefined ? {} : { deprecatedVersion: event.version }),
      });
    }
    this.record(entry, events);
    this.told.push({ kind: 'decided', entry, events });
    if (rules.viaSteps > 0) this.#tellWaiting(entry);
    this.#findIn(entry);
    const code = state.parked?.code ?? null;
    if (code !== (before?.parked?.code ?? null)) this.#put({ hash: PARKED, field: key, value: code });
    const parking = state.parked?.waiting[0];
    if (entry.outcome !== 'parked' || entry.refusal === null || state.parked === null || parking === undefined) return;
    const { aggregate, id, refusal } = entry;
    const severity = severityOf(rules.aggregates.get(aggregate), state);
    const bytesMax = translate.recordBytesMax(topics.deadLetters);
    const letter = deadLetter(parking, refusal, severity, rules, { digest: entry.digest, bytesMax });
    if (aggregate !== LOOKUP_AGGREGATE || shard.index === 0)
      this.records.push(deadLetterRecord(topics.deadLetters, letter)); // each shard has all rows of lookup tables
    const { sinceMs } = state.parked;
    this.told.push({ kind: 'parked', aggregate, id, refusal, severity: severity ?? 'none', sinceMs });
  }

  /** A record of a contract topic is not as it should be. It is told, and that is all. */
  find(found: FoundTold): void {
    const { topics, rules, translate } = this.#settings;
    const bytesMax = translate.recordBytesMax(topics.deadLetters);
    const letter = findingDeadLetter(found, rules, { digest: translate.digest, bytesMax });
    this.records.push(deadLetterRecord(topics.deadLetters, letter));
    const { finding, producer, place } = found;
    this.told.push({ kind: 'toldFinding', finding, producer, place });
  }

  #tellWaiting({ aggregate, id, state }: Decision): void {
    if (this.#settings.rules.aggregates.get(aggregate)?.keeps !== 'waiting') return;
    this.told.push({
      kind: 'waiting',
      aggregate: aggregateOfHolder(aggregate),
      parent: id,
      rows: countRows(state),
    });
  }

  #findIn({ told, id, origin }: Decision): void {
    if (told?.finding === undefined || told.place === undefined) return;
    const { finding, producer, place, contract } = told;
    const text = `${contract} of ${shortened(id)}: ${finding.text}`;
    this.find({ finding: { ...finding, text }, producer, key: id, place, timestampMs: origin.commitTimeMs });
  }

  /** The entry goes to the journal, and what it changed to memory and store. */
  record(decision: Decision, events: readonly IntegrationEvent[] = []): void {
    const { key, before, state, cells, grownChars, entry } = this.#make(decision, events);
    this.#made = null;
    this.#memory.changeState(key, state, grownChars, this.#write);
    this.#states.add(key);
    if (decision.behind !== undefined && state.parked !== null)
      this.#memory.queues.change(lastPlace(key, state.parked), decision.behind, this.#write);
    this.#cells.putAll(key, cells);
    for (const cell of this.#memory.timers.change(key, before?.timers, state.timers)) this.#put(cell);
    this.#memory.pinned.counts.change(decision.aggregate, before?.rules, state.rules);
    const { rules, translate } = this.#settings;
    this.#memory.ownership.change(before, state, rules.aggregates.get(decision.aggregate), translate.routing);
    for (const cell of pastCells(key, before?.overdue, state.overdue)) this.#putPast(cell, before?.overdue);
    const [wasOwing, isOwing] = [before !== null && owes(before), owes(state)];
    if (wasOwing !== isOwing) this.#put({ hash: OWED, field: key, value: isOwing ? '1' : null });
    for (const judged of decision.parity ?? []) this.#judge(judged, decision);
    if (decision.outcome === 'forgotten') {
      this.#memory.examples.forget(decision);
      this.#memory.discrepancies.forget(decision);
    }
    if (entry === null) return;
    this.#memory.ledger.take('journal', decision.id);
    this.records.push(entry);
  }

  /** What a pair came to. */
  #judge(judged: Judged, { aggregate, id, origin }: Decision): void {
    const { rules } = this.#settings;
    const { figures, examples } = this.#memory;
    const { contract, class: is } = judged;
    const capability = rules.routed.get(contract)?.name ?? '';
    this.told.push({ kind: 'parity', capability, contract, class: is });
    figures.count(judged, origin.commitTimeMs);
    if (is === 'equal') return;
    const promise = rules.contracts.find((each) => contractText(each.name, each.majorVersion) === contract);
    if (promise === undefined) return;
    const isSealed = rules.aggregates.get(aggregate)?.isSealed === true;
    examples.add(exampleOf({ ...judged, class: is }, { aggregate, id, origin, promise, isSealed }));
  }

  /** What a decision would write to state and journal; kept for the next call of `record`. */
  made({ entry, events }: Pick<Translated, 'entry' | 'events'>): Pick<Made, 'cells' | 'entry'> {
    return this.#make(entry, events);
  }

  #make(decision: Decision, events: readonly IntegrationEvent[]): Made {
    if (this.#made?.decision === decision) return this.#made;
    const key = aggregateText(decision);
    const before = this.#memory.state(key);
    const { lists, ledger, random } = this.#memory;
    const previous = before?.journal ?? NO_ENTRIES;
    const isTold = hasEntry(decision);
    // A stub is stored with its newest entry alone.
    const earlier = decision.state.isStub === true ? NO_ENTRIES : previous.slice(0, PREVIOUS_MAX - 1);
    const journal = isTold ? [ledger.peek('journal', decision.id), ...earlier] : previous;
    const sealKey = this.#sealKey(decision, before, isTold);
    const told = journal.length === 0 ? decision.state : { ...decision.state, journal };
    const state = sealKey === undefined || sealKey === told.sealKey ? told : { ...told, sealKey };
    const cells: Cell[] = [];
    const changed: RowRef[] = [];
    const grownChars = tellChangedParts(before, state, lists, (field, value, row) => {
      cells.push({ hash: key, field, value });
      if (row !== undefined) changed.push(row);
    });
    const decided = { before, decision, events, changed };
    const seal = sealKey === undefined ? null : (text: string) => sealed(text, sealKey, key, random);
    const entry = isTold ? journalRecord(this.#settings.topics.journal, decided, previous, seal) : null;
    if (before?.parked !== state.parked)
      for (const [field, value] of queued(before?.parked, state.parked))
        cells.push({ hash: queueOf(key), field, value });
    if (decision.behind !== undefined && state.parked !== null)
      cells.push({ ...lastPlace(key, state.parked), value: JSON.stringify(decision.behind) });
    if (state.isStub === true) cells.push({ hash: STUBS, field: key, value: stubText(state, lists) });
    else if (before?.isStub === true) cells.push({ hash: STUBS, field: key, value: null });
    this.#made = { decision, key, before, state, cells, grownChars, entry };
    return this.#made;
  }

  /**
   * What its values are sealed with in the journal; undefined: they are not. Made for the first entry of an aggregate with something to seal, and kept
   * from then on: of several steps that are made out of one state, the others know nothing of it.
   */
  #sealKey({ aggregate, state }: Decision, before: AggregateState | null, isTold: boolean): string | undefined {
    if (state.isErased === true) return undefined;
    const known = before?.sealKey ?? state.sealKey;
    if (known !== undefined || !isTold) return known;
    return this.#settings.rules.aggregates.get(aggregate)?.isSealed === true ? newKey(this.#memory.random) : undefined;
  }

  changeOwner(row: string, owner: string | null): void {
    this.#memory.changeOwner(row, owner, this.#write);
    this.#owners.add(row);
    this.#put({ hash: ROWS, field: row, value: owner });
  }

  #putPast(cell: Cell, before: Timers | undefined): void {
    this.#put(cell);
    const { name } = timerOf(cell.field);
    const fact = expectedFact(name);
    if (fact === null) return;
    const wasMs = before?.[name];
    if (wasMs !== undefined) this.told.push({ kind: 'overdue', fact, dueMs: wasMs, more: -1 });
    if (cell.value !== null) this.told.push({ kind: 'overdue', fact, dueMs: Number(cell.value), more: 1 });
  }

  /** A timer was due of which its state knows nothing. */
  dropTimer(timer: DueTimer): void {
    this.#put(this.#memory.timers.drop(timer));
  }

  #put(cell: Cell): void {
    this.#cells.put(cell);
  }

  /** So that what was decided can be explained when the rules are others. */
  #keepRules(): void {
    const { bundle: text, translate } = this.#settings;
    for (const cell of this.#memory.freshRules({ digest: translate.digest, text })) this.#put(cell);
  }

  /** Nothing is added any more: the cells take their places, behind everything that was decided before. */
  end(): Decisions {
    const { lists, ledger, timers, sentinel, pinned, ownership, figures, examples, discrepancies, checks } =
      this.#memory;
    for (const source of [sentinel, figures, examples, discrepancies, checks])
      for (const cell of source.takeFresh()) this.#put(cell);
    for (const departure of sentinel.takeTold()) this.told.push({ kind: 'departure', ...departure });
    for (const cell of timers.takeEmptied()) this.#put(cell);
    const pins = pinned.counts.takeFresh();
    for (const cell of pins) this.#put(cell);
    if (pins.length > 0) this.told.push({ kind: 'pinned', all: pinned.counts.all() });
    const counts = ownership.takeFresh();
    for (const cell of counts) this.#put(cell);
    if (counts.length > 0) this.told.push({ kind: 'ownership', all: ownership.all() });
    for (const [field, value] of lists.takeFresh()) this.#put({ hash: COLUMNS, field, value });
    if (!this.#cells.isEmpty || this.records.length > 0) this.#keepRules();
    const cells = this.#cells.all();
    for (const cell of cells) {
      const record = cellRecord(this.#settings.topics.state, cell);
      ledger.take('state', record.place ?? record.key);
      this.records.push(record);
    }
    const { records, published, told } = this;
    const of = { cells, states: [...this.#states], owners: [...this.#owners], write: this.#write };
    return { records, published, told, ...of, ...ledger.close() };
  }
}

const NO_ENTRIES: readonly number[] = [];

/** Rows of a snapshot that only set a state make none: the snapshot has one when it is complete. */
const hasEntry = ({ outcome, verdicts }: Decision): boolean => !QUIET.has(outcome) || verdicts.length > 0;

const QUIET: ReadonlySet<Decision['outcome']> = new Set(['baseline', 'retired-again', 'dropped', 'owed']);

/** A service has not told all of it, or it is open whose it is: it is looked at when a route has come back. */
const owes = (state: AggregateState): boolean => state.owed !== undefined || isOpen(state);

/** What is decided without any aggregate: the progress goes on, and this is told. */
export const nothingBut = (memory: Memory, told: readonly PipelineEvent[] = []): Decisions => ({
  ...{ records: [], published: [], told, cells: [], states: [], owners: [], write: 0 },
  ...memory.ledger.close(),
});

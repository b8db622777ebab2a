/** What a draft or a command comes to: records to publish and states to store, collected one decision at a time. */
import { type AggregateState, aggregateText } from '../../domain/state/aggregate-state.js';
import { aggregateOfHolder } from '../../domain/tables/feed.js';
import type { JournalEntry } from '../../domain/state/journal-entry.js';
import { batchBytes } from '../../domain/record-size.js';
import type { CompiledRules } from '../../rules/compile.js';
import { deadLetter } from '../../translate/parking/dead-letter.js';
import { countRows } from '../../translate/moves/keep.js';
import { severityOf } from '../../translate/parking/severity.js';
import type { TranslateSettings } from '../../translate/settings.js';
import type { Translated } from '../../translate/translate.js';
import type { PipelineEvent } from '../events.js';
import type { Memory } from '../state/memory.js';
import type { OutputRecord } from '../ports.js';
import { deadLetterRecord, eventRecord, type InternalTopics, journalRecord } from '../state/records.js';

export interface Decisions {
  readonly records: readonly OutputRecord[];
  readonly states: ReadonlyMap<string, string>;
  readonly owners: ReadonlyMap<string, string | null>;
  readonly parked: ReadonlyMap<string, string | null>;
  readonly published: readonly { readonly type: string; readonly sourceTimeMs: number }[];
  /** Told to observers when they are committed. */
  readonly told: readonly PipelineEvent[];
  readonly write: number;
}

export const NO_DECISIONS: Decisions = {
  records: [],
  states: new Map(),
  owners: new Map(),
  parked: new Map(),
  published: [],
  told: [],
  write: 0,
};

export interface DecideSettings {
  readonly rules: CompiledRules;
  readonly translate: TranslateSettings;
  readonly topics: InternalTopics;
  /** By source. */
  readonly epochs: ReadonlyMap<string, number>;
  /** Sources of which rows whose aggregate cannot be known become dead letters, instead of stopping the source. */
  readonly unplacedReported: ReadonlySet<string>;
}

interface Made {
  readonly entry: JournalEntry;
  /** Of its state. */
  readonly text: string;
  readonly record: OutputRecord;
}

/** Decisions while they are made; each is in memory at once, for those that follow. */
export class Deciding implements Decisions {
  readonly records: OutputRecord[] = [];
  readonly states = new Map<string, string>();
  readonly owners = new Map<string, string | null>();
  readonly parked = new Map<string, string | null>();
  readonly published: { readonly type: string; readonly sourceTimeMs: number }[] = [];
  readonly told: PipelineEvent[] = [];
  readonly write: number;
  readonly #memory: Memory;
  readonly #settings: DecideSettings;
  #made: Made | null = null;

  constructor(memory: Memory, settings: DecideSettings) {
    this.#memory = memory;
    this.#settings = settings;
    this.write = memory.nextWrite();
  }

  /** @param before null: the aggregate was never heard of. */
  add(before: AggregateState | null, { state, entry, events }: Translated): void {
    const { topics, rules, translate } = this.#settings;
    for (const event of events) {
      this.records.push(eventRecord(event));
      this.published.push({ type: event.type, sourceTimeMs: entry.origin.commitTimeMs });
    }
    this.record(entry);
    this.told.push({ kind: 'decided', entry, events });
    if (rules.viaSteps > 0) this.#tellWaiting(entry);
    const code = state.parked?.code ?? null;
    if (code !== (before?.parked?.code ?? null)) this.parked.set(aggregateText(entry), code);
    const parking = state.parked?.waiting[0];
    if (entry.outcome !== 'parked' || entry.refusal === null || state.parked === null || parking === undefined) return;
    const { aggregate, id, refusal } = entry;
    const severity = severityOf(rules.aggregates.get(aggregate), state);
    const bytesMax = translate.recordBytesMax(topics.deadLetters);
    const letter = deadLetter(parking, refusal, severity, rules, { ...translate, bytesMax });
    this.records.push(deadLetterRecord(topics.deadLetters, letter));
    const { sinceMs } = state.parked;
    this.told.push({ kind: 'parked', aggregate, id, refusal, severity: severity ?? 'none', sinceMs });
  }

  #tellWaiting({ aggregate, id, state }: JournalEntry): void {
    if (this.#settings.rules.aggregates.get(aggregate)?.keeps !== 'waiting') return;
    this.told.push({
      kind: 'waiting',
      aggregate: aggregateOfHolder(aggregate),
      parent: id,
      rows: countRows(state),
    });
  }

  /** The entry goes to the journal, and its state to memory and store. */
  record(entry: JournalEntry): void {
    const key = aggregateText(entry);
    const { text, record } = this.#make(entry);
    this.#made = null;
    this.#memory.changeState(key, entry.state, text.length, this.write);
    this.states.set(key, text);
    this.records.push(record);
  }

  /** Bytes of the record that an entry will be; the record is kept for the next call of `record`. */
  sizeOf(entry: JournalEntry): number {
    return batchBytes(this.#make(entry).record);
  }

  #make(entry: JournalEntry): Made {
    if (this.#made?.entry === entry) return this.#made;
    const text = JSON.stringify(entry.state);
    this.#made = { entry, text, record: journalRecord(this.#settings.topics.journal, entry, text) };
    return this.#made;
  }

  changeOwner(row: string, owner: string | null): void {
    this.#memory.changeOwner(row, owner, this.write);
    this.owners.set(row, owner);
  }
}

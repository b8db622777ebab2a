/**
 * What the version before kept, written in the form of now: its journal, whose newest record of each aggregate has the whole state, becomes
 * cells of the state topic, its offset metadata becomes progress number 1. The progress is written last, and makes all of it count: broken
 * off before, nothing is changed for whoever looks, and the next run clears what was left behind. The journal stays as it is.
 *
 * Memory is bounded: one partition after the other, of which the offset of the last record by aggregate is kept (some 100 bytes each), and one
 * Kafka transaction.
 */
import { aggregateText } from '../../domain/state/aggregate-state.js';
import { ownedRows } from '../../changeset/owners.js';
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { Cell, Ends, Ground, Sink } from '../ports.js';
import { encodeFootprint } from '../progress/footprint.js';
import { checkNames, namesOf } from '../progress/names.js';
import { COLUMNS, PARKED, queueOf, ROWS } from '../state/cells.js';
import { ColumnLists } from '../state/column-lists.js';
import { changedParts } from '../state/parts.js';
import { queued } from '../state/queues.js';
import { decodeProgress, encodeProgress } from '../progress/progress.js';
import { type InternalTopics, progressRecord } from '../state/records.js';
import { CellWriter, clear, RECORDS_MAX } from '../write/cell-writer.js';
import { decidedNames, plainNames } from './former-names.js';
import { formerEntry, type FormerEntry, stateOfNow } from './former-entry.js';
import { checkFormerGround, checkFormerJournal } from './former-ground.js';
import { byLookupRow } from './former-lookups.js';
import { decodeFormerProgress, type FormerOffsets, type FormerProgress } from './former-progress.js';

export interface ConversionPorts {
  readonly sink: Sink;
  readonly ground?: Ground;
  /** Of the group, with their metadata; only true after `sink.fence()`. */
  readonly committed: () => Promise<FormerOffsets>;
  readonly rules: CompiledRules;
  readonly topics: InternalTopics;
  /** Told now and then: aggregates that are written. */
  readonly tell: (aggregates: number) => void;
}

/** What an operator vouches for. */
export interface Accepted {
  readonly topics: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

/** `before`: it was converted already, and is at that Kafka transaction. */
export type Conversion =
  | { readonly kind: 'converted'; readonly aggregates: number; readonly cells: number; readonly leftovers: number }
  | { readonly kind: 'before'; readonly commit: number };

/** It had none. */
const NO_QUALIFIER = null;
/** The Kafka transaction that makes the conversion count. */
const COMMIT = 1;

/**
 * Fences whoever writes for the pipeline. May be broken off anywhere, and run again.
 * @throws DragomanError COMMAND_REFUSED when there is nothing to convert; OFFSETS_LOST, JOURNAL_LOST, STATE_DAMAGED, PROGRESS_LOST,
 * RULES_RENAMED and what `checkFormerGround` and the ports throw: then nothing counts.
 */
export async function convert(
  ports: ConversionPorts,
  accepted: Accepted,
  recordsMax = RECORDS_MAX,
): Promise<Conversion> {
  const { sink, rules, topics, tell } = ports;
  await sink.fence();
  const found = await sink.progress();
  if (found !== null) return { kind: 'before', commit: decodeProgress(found.progress).commit };
  const [begins, ends] = await Promise.all([sink.begins(), sink.ends()]);
  const former = await standing(ports, begins, ends, accepted);
  const cells = new CellWriter(sink, topics.state, recordsMax);
  const leftovers = await clear(sink, cells, begins, ends);
  const lists = new ColumnLists();
  let aggregates = 0;
  for await (const entry of newestEntries(sink, begins, ends)) {
    for (const each of byLookupRow(entry)) {
      for (const cell of cellsOf(each, rules, lists)) await cells.put(cell);
      tell((aggregates += 1));
    }
  }
  await cells.end();
  await writeProgress(ports, former, ends);
  return { kind: 'converted', aggregates, cells: cells.count - leftovers, leftovers };
}

interface Standing extends FormerOffsets {
  readonly progress: FormerProgress;
  /** To be known from now on. */
  readonly footprint: string;
}

/** Everything that is asked before anything is written. */
async function standing(
  { sink, ground, committed, rules }: ConversionPorts,
  begins: Ends,
  ends: Ends,
  accepted: Accepted,
): Promise<Standing> {
  const { offsets, metadata } = await committed();
  if (offsets.size === 0 && metadata === null) throw await nothingCommitted(sink, begins, ends);
  const progress = decodeFormerProgress(metadata, [...rules.tables.keys()]);
  const cluster = sink.clusterId;
  const topics = (await ground?.topics()) ?? new Map();
  checkFormerGround(progress, { cluster, topics, offsets }, accepted.topics);
  checkFormerJournal(progress, begins, ends);
  const known = plainNames(progress.names, namesOf(rules), await decidedNames(sink, begins.journal, ends.journal));
  const names = checkNames(known, rules, accepted.names);
  return {
    offsets,
    metadata,
    progress,
    footprint: encodeFootprint({ cluster, topics, names, qualifier: NO_QUALIFIER, shards: 1 }),
  };
}

async function nothingCommitted(sink: Sink, begins: Ends, ends: Ends): Promise<DragomanError> {
  for await (const records of sink.read('journal', begins.journal, ends.journal)) {
    if (records.length === 0) continue;
    return new DragomanError(
      'OFFSETS_LOST',
      'The journal holds decisions of this pipeline, but its group has no committed offsets: they expired (after seven days without a ' +
        'member) or were deleted. From where to go on is not known, so nothing was written. Restore the offsets with their metadata, or ' +
        'start a new namespace after a new snapshot.',
    );
  }
  return new DragomanError(
    'COMMAND_REFUSED',
    'The version before left nothing of this pipeline here: no decision, no committed offset. There is nothing to convert; start it.',
  );
}

/** Of each aggregate the newest record. */
async function* newestEntries(sink: Sink, begins: Ends, ends: Ends): AsyncIterable<FormerEntry> {
  for (const partition of ends.journal.keys()) {
    const from = ends.journal.map((end, other) => (other === partition ? (begins.journal[partition] ?? 0) : end));
    const last = new Map<string, number>();
    for await (const records of sink.read('journal', from, ends.journal))
      for (const { key, offset } of records) last.set(key, offset);
    for await (const records of sink.read('journal', from, ends.journal))
      for (const record of records) if (last.get(record.key) === record.offset) yield formerEntry(record);
  }
}

function* cellsOf(entry: FormerEntry, rules: CompiledRules, lists: ColumnLists): Iterable<Cell> {
  const hash = aggregateText(entry);
  const state = stateOfNow(entry, rules);
  for (const [field, value] of changedParts(null, state, lists).parts) yield { hash, field, value };
  for (const [field, value] of queued(null, state.parked)) yield { hash: queueOf(hash), field, value };
  if (state.parked !== null) yield { hash: PARKED, field: hash, value: state.parked.code };
  for (const [field, value] of ownedRows(entry, state, rules)) yield { hash: ROWS, field, value };
  for (const [field, value] of lists.takeFresh()) yield { hash: COLUMNS, field, value };
}

async function writeProgress(
  { sink, topics }: ConversionPorts,
  { offsets, progress: { frontiers, commands, digest }, footprint }: Standing,
  { journal }: Ends,
): Promise<void> {
  const { state } = await sink.ends();
  const progress = encodeProgress({
    ...{ commit: COMMIT, offsets, frontiers, commands, digest },
    clock: null,
    ends: { state, journal },
  });
  const records = [progressRecord(topics, 'footprint', footprint), progressRecord(topics, 'progress', progress)];
  await sink.commit({ records, offsets, metadata: `commit ${COMMIT}`, bases: new Map() });
}

/**
 * Brings a task to a known point, after assignment and after any doubt (rules R3, R4, R10; design 2.2):
 *
 *   fence -> committed offsets with progress -> store forward out of the journal, by copying -> read on
 *
 * Rules are not run here, so another rule set than the one that decided changes nothing.
 */
import { ownedRows, touchedRows } from '../changeset/owners.js';
import { aggregateText } from '../domain/aggregate-state.js';
import { DragomanError } from '../errors.js';
import type { CompiledRules } from '../rules/compile.js';
import type { Observer } from './events.js';
import { decodeMarker, encodeMarker } from './marker.js';
import type { Clock, JournalOffsets, Marker, Offsets, Sink, StateStore } from './ports.js';
import { decodeProgress, type Progress } from './progress.js';
import { journalEntry } from './records.js';

export interface RecoveryPorts {
  readonly sink: Sink;
  readonly store: StateStore;
  readonly rules: CompiledRules;
  readonly clock: Clock;
  readonly observe: Observer;
}

export interface Recovered {
  /** Null when nothing was ever committed. */
  readonly offsets: Offsets | null;
  readonly progress: Progress | null;
  readonly journal: JournalOffsets;
  readonly marker: Marker;
}

/** States written to the store in one call. */
export const STATES_PER_WRITE_MAX = 1_000;

/** After `sink.fence()`. @throws DragomanError JOURNAL_LOST, MARKER_AHEAD, OFFSETS_LOST, or what the ports throw. */
export async function recover(ports: RecoveryPorts): Promise<Recovered> {
  const { sink, store } = ports;
  const { offsets, metadata } = await sink.committed();
  const progress = metadata === null ? null : decodeProgress(metadata);
  const [begin, end, current] = await Promise.all([sink.journalBegin(), sink.journalEnd(), store.marker()]);
  checkJournal(progress, end, current !== null);
  const target = encodeMarker({ cluster: sink.clusterId, journal: end });
  if (current === target) return { offsets, progress, journal: end, marker: target };
  const from = current === null ? null : startOf(current, { begin, end, cluster: sink.clusterId });
  await copy(ports, { from: from ?? begin, to: end, current, target, whole: from === null });
  return { offsets, progress, journal: end, marker: target };
}

/** The journal can only grow; being shorter than what was committed means that decisions are lost. */
function checkJournal(progress: Progress | null, end: JournalOffsets, hasMarker: boolean): void {
  if (progress !== null) {
    const shrunk = progress.journal.some((offset, partition) => offset > (end[partition] ?? 0));
    if (!shrunk && progress.journal.length === end.length) return;
    throw new DragomanError(
      'JOURNAL_LOST',
      'The journal ends before what was committed, or has another number of partitions. It was deleted, re-created or truncated; ' +
        'without it published events would be repeated. Restore the topic, or start a new namespace on purpose.',
      { details: { committed: progress.journal, end } },
    );
  }
  if (hasMarker) {
    throw new DragomanError(
      'OFFSETS_LOST',
      'Redis holds states of this pipeline, but its consumer group has no committed offsets: they expired, were deleted, or this is ' +
        'another Kafka cluster. Reading from the beginning would repeat every event. Restore the offsets, or start a new namespace.',
    );
  }
}

/** Where copying starts, or null when the whole journal is needed. */
function startOf(
  marker: Marker,
  { begin, end, cluster }: { begin: JournalOffsets; end: JournalOffsets; cluster: string },
): JournalOffsets | null {
  const content = decodeMarker(marker);
  const isAhead = content.journal.some((offset, partition) => offset > (end[partition] ?? 0));
  if (content.cluster !== cluster || content.journal.length !== end.length || isAhead) {
    throw new DragomanError(
      'MARKER_AHEAD',
      `Redis follows a journal that is not this one (cluster ${content.cluster}, offsets ${content.journal.join(',')}; here ` +
        `${cluster}, ${end.join(',')}). Point redis.url to the right instance, or delete the keys of this pipeline to rebuild them.`,
      { details: { marker: content, end, cluster } },
    );
  }
  return content.journal.some((offset, partition) => offset < (begin[partition] ?? 0)) ? null : content.journal;
}

interface Copy {
  readonly from: JournalOffsets;
  readonly to: JournalOffsets;
  readonly current: Marker | null;
  readonly target: Marker;
  readonly whole: boolean;
}

async function copy({ sink, store, rules, clock, observe }: RecoveryPorts, plan: Copy): Promise<void> {
  const started = clock.nowMs();
  const { from, to, target } = plan;
  let expected = plan.current;
  let part = 0;
  let copied = 0;
  const touched = new Set<string>();
  const owned = new Map<string, string>();
  for await (const records of sink.readJournal(from, to)) {
    for (let i = 0; i < records.length; i += STATES_PER_WRITE_MAX) {
      const states = new Map<string, string>();
      const parked = new Map<string, string | null>();
      for (const { key, value } of records.slice(i, i + STATES_PER_WRITE_MAX)) {
        const entry = journalEntry(value);
        states.set(key, JSON.stringify(entry.state));
        parked.set(key, entry.state.parked?.code ?? null);
        for (const row of touchedRows(entry, rules)) touched.add(row);
        // The last entry of an aggregate wins: forget what it owned before.
        for (const row of touchedRows(entry, rules)) if (owned.get(row) === key) owned.delete(row);
        for (const row of ownedRows(entry, entry.state, rules)) owned.set(row, aggregateText(entry));
      }
      part += 1;
      copied += states.size;
      const next = encodeMarker({ cluster: sink.clusterId, journal: from, part });
      await store.save(expected, next, { states, owners: new Map(), parked });
      expected = next;
    }
  }
  const owners = new Map<string, string | null>();
  for (const row of touched) owners.set(row, owned.get(row) ?? null);
  for (const [row, owner] of owned) owners.set(row, owner);
  await store.save(expected, target, { states: new Map(), owners, parked: new Map() });
  observe({ kind: 'restored', states: copied, seconds: (clock.nowMs() - started) / 1_000, whole: plan.whole });
}

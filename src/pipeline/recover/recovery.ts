/**
 * Brings a task to a known point, after assignment and after any doubt (rules R3, R4, R10; design 2.2):
 *
 *   fence -> committed offsets with progress -> store forward out of the journal, by copying -> read on
 *
 * Rules are not run here, so another rule set than the one that decided changes nothing.
 */
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import { copyJournal } from './copying.js';
import type { Observer } from '../events.js';
import { decidedNames } from './decided-names.js';
import { decodeMarker, encodeMarker } from '../state/marker.js';
import { checkFootprint } from '../state/footprint.js';
import { checkNames } from './names.js';
import type { Clock, Ground, JournalOffsets, Marker, Offsets, Sink, StateStore, TopicNow } from '../ports.js';
import { decodeProgress, type Progress } from '../state/progress.js';

export interface RecoveryPorts {
  readonly sink: Sink;
  readonly store: StateStore;
  readonly ground?: Ground | undefined;
  readonly rules: CompiledRules;
  readonly qualifier: string | null;
  readonly clock: Clock;
  readonly observe: Observer;
  /** See `checkFootprint`. */
  readonly accepted?: ReadonlySet<string> | undefined;
  /** See `checkNames`. */
  readonly acceptedNames?: ReadonlySet<string> | undefined;
  /** Told to end: asked while the journal is read. */
  readonly isStopping?: () => boolean;
}

export interface Recovered {
  /** Null when nothing was ever committed. */
  readonly offsets: Offsets | null;
  readonly progress: Progress | null;
  readonly journal: JournalOffsets;
  readonly marker: Marker;
  /** As they are now. */
  readonly topics: ReadonlyMap<string, TopicNow>;
  /** Names in the rules that are known from now on. */
  readonly names: string;
}

/**
 * After `sink.fence()`. @returns null when it was told to end on the way.
 * @throws DragomanError JOURNAL_LOST, MARKER_AHEAD, OFFSETS_LOST, QUALIFIER_CHANGED, what `checkFootprint`, `checkNames` or the ports throw.
 */
export async function recover(ports: RecoveryPorts): Promise<Recovered | null> {
  const { sink, store, ground, isStopping = () => false } = ports;
  const { offsets, metadata } = await sink.committed();
  // Offsets without metadata were committed by somebody else.
  const progress = offsets === null && metadata === null ? null : decodeProgress(metadata ?? '');
  const topics = (await ground?.topics()) ?? new Map<string, TopicNow>();
  const [begin, end, current] = await Promise.all([sink.journalBegin(), sink.journalEnd(), store.marker()]);
  if (progress === null) await checkNothingDecided(sink, { begin, end, isStopping });
  else {
    const now = { cluster: sink.clusterId, topics, offsets: offsets ?? new Map<string, number>() };
    if (progress.footprint !== undefined) checkFootprint(progress.footprint, now, ports.accepted ?? new Set());
    checkJournal(progress, end);
    checkQualifier(progress.qualifier ?? null, ports.qualifier);
  }
  const names = await checkNames(progress?.names, ports.rules, ports.acceptedNames ?? new Set(), () =>
    decidedNames(sink, begin, end),
  );
  const target = encodeMarker({ cluster: sink.clusterId, journal: end });
  const recovered = { offsets, progress, journal: end, marker: target, topics, names };
  if (isStopping()) return null;
  if (current === target) return recovered;
  const from = current === null ? null : startOf(current, { begin, end, cluster: sink.clusterId });
  const isCopied = await copyJournal(ports, { from: from ?? begin, to: end, current, target, whole: from === null });
  return isCopied ? recovered : null;
}

/** Each aggregate that is known has the qualifier in its id, and with it each event: under another one all would be published again. */
function checkQualifier(known: string | null, now: string | null): void {
  if (known === now) return;
  const named = (qualifier: string | null): string =>
    qualifier === null ? 'no qualifier' : `the qualifier "${qualifier}"`;
  throw new DragomanError(
    'QUALIFIER_CHANGED',
    `This pipeline decided with ${named(known)}, and has ${named(now)} now. It is part of what every aggregate, record key and event id is ` +
      'made of: everything would be remembered and published anew, under ids that consumers have not seen. Set pipelines.<pipeline>.qualifier ' +
      'back; or, if consumers are to see all orders anew under other keys, use another namespace.',
    { details: { known, now } },
  );
}

/** The journal can only grow; being shorter than what was committed means that decisions are lost. */
function checkJournal(progress: Progress, end: JournalOffsets): void {
  const shrunk = progress.journal.some((offset, partition) => offset > (end[partition] ?? 0));
  if (!shrunk && progress.journal.length === end.length) return;
  throw new DragomanError(
    'JOURNAL_LOST',
    'The journal ends before what was committed, or has another number of partitions. It was deleted, re-created or truncated; ' +
      'without it published events would be repeated. Restore the topic, or start a new namespace on purpose.',
    { details: { committed: progress.journal, end } },
  );
}

/**
 * Offsets are committed with the first decision. The marker says nothing here: the store gets its first one before that, and
 * a Kafka transaction that was aborted moves the end of the journal.
 */
async function checkNothingDecided(
  sink: Sink,
  { begin, end, isStopping }: { begin: JournalOffsets; end: JournalOffsets; isStopping: () => boolean },
): Promise<void> {
  for await (const records of sink.readJournal(begin, end)) {
    if (isStopping()) return;
    if (records.length === 0) continue;
    throw new DragomanError(
      'OFFSETS_LOST',
      'The journal holds decisions of this pipeline, but its consumer group has no committed offsets: they expired or were deleted. ' +
        'Reading from the beginning would repeat every event. Restore the offsets, or start a new namespace.',
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

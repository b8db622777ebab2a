/**
 * Brings a task to a known point, after assignment and after any doubt (rules R3, R4, R10; design 2.2):
 *
 *   fence -> progress -> store forward out of the state topic, by copying -> read on
 *
 * Rules are not run here, so another rule set than the one that decided changes nothing.
 */
import { checkShared } from '../../changeset/sharing.js';
import type { Shard } from '../../domain/shard.js';
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { Observer } from '../events.js';
import { decodeMarker, encodeMarker, type MarkerContent } from '../state/marker.js';
import {
  checkCommitted,
  checkFootprint,
  checkShards,
  decodeFootprint,
  encodeFootprint,
  type Footprint,
  withTopics,
} from '../progress/footprint.js';
import { checkNames } from '../progress/names.js';
import type { Clock, Ends, Ground, Marker, OwnRecord, OwnTopic, Sink, StateStore, TopicNow } from '../ports.js';
import { decodeProgress, type Progress } from '../progress/progress.js';
import { isFormer, isOfNow } from '../state/journal-entries.js';
import { restore } from './restore.js';

export interface RecoveryPorts {
  readonly sink: Sink;
  readonly store: StateStore;
  readonly ground?: Ground | undefined;
  readonly rules: CompiledRules;
  readonly qualifier: string | null;
  readonly shard: Shard;
  readonly clock: Clock;
  readonly observe: Observer;
  /** See `checkFootprint`. */
  readonly accepted?: ReadonlySet<string> | undefined;
  /** See `checkNames`. */
  readonly acceptedNames?: ReadonlySet<string> | undefined;
  /** Told to end: asked while the state topic is read. */
  readonly isStopping?: () => boolean;
}

export interface Recovered {
  /** Null when nothing was ever committed. */
  readonly progress: Progress | null;
  readonly ends: Ends;
  readonly marker: Marker;
  /** Topics as they are now. */
  readonly topics: ReadonlyMap<string, TopicNow>;
  /** To be known from now on; null when that is what is written. */
  readonly footprint: Footprint | null;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * After `sink.fence()`. @returns null when it was told to end on the way.
 * @throws DragomanError STATE_FORMER, STATE_LOST, PROGRESS_LOST, MARKER_AHEAD, OFFSETS_MOVED, QUALIFIER_CHANGED, SHARDS_CHANGED, SHARDS_WITH_VIA, what `checkFootprint`, `checkNames` or the ports throw.
 */
export async function recover(ports: RecoveryPorts): Promise<Recovered | null> {
  const { sink, store, ground, rules, shard, isStopping = () => false } = ports;
  checkShared(rules, shard);
  const found = await sink.progress();
  const progress = found === null ? null : decodeProgress(found.progress);
  const topics = (await ground?.topics()) ?? new Map<string, TopicNow>();
  const footprint = found?.footprint == null ? null : decodeFootprint(found.footprint);
  checkGround(ports, footprint, topics);
  const [begins, ends, current] = await Promise.all([sink.begins(), sink.ends(), store.marker()]);
  if (progress !== null) checkEnds(progress, ends);
  checkWhole(begins.state);
  const from = progress?.ends ?? begins;
  await checkNothingAfter(sink, { progress, from, ends, isStopping });
  const next = await footprintOf(ports, footprint, topics, progress);
  if (isStopping()) return null;
  const commit = progress?.commit ?? 0;
  const place = { cluster: sink.clusterId, commit, ends: ends.state };
  const marker = await bring(ports, place, current);
  return marker === null ? null : { progress, ends, marker, topics, footprint: next };
}

/** First of all: what another topic holds, or how long it is, means nothing. */
function checkGround(
  { sink, accepted = NONE, qualifier, shard }: RecoveryPorts,
  known: Footprint | null,
  topics: ReadonlyMap<string, TopicNow>,
): void {
  if (known === null) return;
  checkFootprint(known, { cluster: sink.clusterId, topics }, accepted);
  checkShards(known, shard.count);
  checkQualifier(known.qualifier, qualifier);
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

/** These topics can only grow; being shorter than what was committed means that decisions are lost. */
export function checkEnds({ ends: known }: Pick<Progress, 'ends'>, now: Ends): void {
  for (const topic of ['state', 'journal'] as const) {
    const isShorter = known[topic].some((offset, partition) => offset > (now[topic][partition] ?? 0));
    if (!isShorter && known[topic].length === now[topic].length) continue;
    throw new DragomanError(
      topic === 'state' ? 'STATE_LOST' : 'JOURNAL_LOST',
      `The ${topic} topic ends before what was committed, or has another number of partitions. It was deleted, re-created or truncated; ` +
        (topic === 'state'
          ? 'without it published events would be repeated. '
          : 'the history of decisions would be another. ') +
        'Restore the topic, or start a new namespace on purpose.',
      { details: { committed: known[topic], ends: now[topic] } },
    );
  }
}

/** The state topic is compacted, so its records never expire. */
export function checkWhole(begins: readonly number[]): void {
  const partition = begins.findIndex((offset) => offset > 0);
  if (partition === -1) return;
  throw new DragomanError(
    'STATE_LOST',
    `Partition ${partition} of the state topic begins at offset ${begins[partition]}: records of it were deleted, by retention ` +
      '(cleanup.policy must be compact) or by a tool. Published events would be repeated. Restore the topic, or start a new namespace.',
    { details: { begins } },
  );
}

/** Whatever was committed with a progress stands before its ends; only Kafka transactions that were aborted may stand behind them. */
async function checkNothingAfter(
  sink: Sink,
  {
    progress,
    from,
    ends,
    isStopping,
  }: { progress: Progress | null; from: Ends; ends: Ends; isStopping: () => boolean },
): Promise<void> {
  for (const topic of ['journal', 'state'] as const satisfies readonly OwnTopic[]) {
    for await (const records of sink.read(topic, from[topic], ends[topic])) {
      if (isStopping()) return;
      const [record] = records;
      if (record === undefined) continue;
      const { journal } = ends;
      if (progress === null && isFormer(record) && !(await isConverted(sink, from.journal, journal)))
        throw notConverted(record);
      throw new DragomanError(
        'PROGRESS_LOST',
        (progress === null
          ? `The ${topic} topic holds decisions of this pipeline, and its progress topic holds nothing: it was deleted, re-created or emptied. ` +
            (topic === 'state' ? 'Or `dragoman state move-in` was broken off: then run it again. ' : '')
          : `The ${topic} topic holds decisions (partition ${record.partition}, offset ${record.offset}) that are newer than the newest progress ` +
            `(number ${progress.commit}): the progress topic lost records. `) +
          'Going on from there would repeat what was published. Restore the progress topic, or start a new namespace.',
        { details: { topic, partition: record.partition, offset: record.offset } },
      );
    }
  }
}

/** Offsets looked at in each partition. */
const NEWEST_OFFSETS_MAX = 200;

/** Whether this version has decided since: its entries stand behind those of the version before. */
async function isConverted(sink: Sink, from: readonly number[], ends: readonly number[]): Promise<boolean> {
  const newest = ends.map((end, partition) => Math.max(from[partition] ?? 0, end - NEWEST_OFFSETS_MAX));
  for await (const records of sink.read('journal', newest, ends)) if (records.some(isOfNow)) return true;
  return false;
}

/** Of the state topic only a conversion that was broken off may have left something then. */
const notConverted = ({ partition, offset }: OwnRecord): DragomanError =>
  new DragomanError(
    'STATE_FORMER',
    `The journal (partition ${partition}, offset ${offset}) was written by the version before, which kept states in another form, and they are not ` +
      'converted yet. Nothing is read and nothing published. Stop every member of the namespace and run `dragoman state convert`; when it ' +
      'is broken off, run it again. To go on with the version before, start that one: nothing of its own was changed.',
    { details: { partition, offset } },
  );

/** @returns what is to be written; null when that is what is known. */
async function footprintOf(
  { sink, rules, accepted = NONE, acceptedNames = NONE, qualifier, shard }: RecoveryPorts,
  known: Footprint | null,
  topics: ReadonlyMap<string, TopicNow>,
  progress: Progress | null,
): Promise<Footprint | null> {
  const cluster = sink.clusterId;
  if (progress !== null) checkCommitted(progress.offsets, await sink.committed(), accepted);
  const names = checkNames(known?.names ?? null, rules, acceptedNames);
  const all = known === null ? topics : withTopics(known, topics);
  const next = { cluster, topics: all, names, qualifier, shards: shard.count };
  return known !== null && encodeFootprint(known) === encodeFootprint(next) ? null : next;
}

interface Place {
  readonly cluster: string;
  readonly commit: number;
  /** Of the state topic. */
  readonly ends: readonly number[];
}

/**
 * Tombstones are kept for 30 days (`delete.retention.ms`). What is copied on top of a store that is older than half of that may lack some,
 * so that rows would stay which are gone.
 */
export const MARKER_AGE_MAX_MS = 15 * 24 * 60 * 60 * 1_000;

/** @returns the marker at which the store stands then; null when it was told to end. */
async function bring(ports: RecoveryPorts, place: Place, current: Marker | null): Promise<Marker | null> {
  const { cluster, commit, ends } = place;
  const content = current === null ? null : decodeMarker(current);
  if (content !== null) checkMarker(content, place);
  const nowMs = ports.clock.nowMs();
  const target = encodeMarker({ cluster, commit, timeMs: nowMs, state: ends });
  if (content !== null && content.restoring !== true && content.part === undefined && isEqual(content.state, ends))
    return current; // nothing was stored since, however long ago that is
  const isUsable = content !== null && Math.abs(nowMs - content.timeMs) <= MARKER_AGE_MAX_MS;
  const from = isUsable ? content.state : ends.map(() => 0);
  const isResumed = isUsable && content.restoring === true;
  const restoring =
    isResumed && current !== null
      ? current
      : encodeMarker({ cluster, commit, timeMs: isUsable ? content.timeMs : nowMs, state: from, restoring: true });
  const plan = { current, restoring, target, from: isUsable ? from : null, ends };
  return (await restore(ports, plan)) ? target : null;
}

const isEqual = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((offset, i) => offset === b[i]);

/** @throws DragomanError MARKER_AHEAD */
function checkMarker(content: MarkerContent, { cluster, commit, ends }: Place): void {
  const isAhead = content.commit > commit || content.state.some((offset, partition) => offset > (ends[partition] ?? 0));
  if (content.cluster === cluster && content.state.length === ends.length && !isAhead) return;
  throw new DragomanError(
    'MARKER_AHEAD',
    `Redis follows a state topic that is not this one (cluster ${content.cluster}, Kafka transaction ${content.commit}, offsets ${content.state.join(',')}; ` +
      `here ${cluster}, ${commit}, ${ends.join(',')}). Point redis.url to the right instance, or delete the keys of this pipeline to rebuild them.`,
    { details: { marker: content, ends, cluster, commit } },
  );
}

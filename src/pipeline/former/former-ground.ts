/**
 * Whether what the version before stood on is there still: cluster, topics, offsets and journal. It kept
 *
 *   topics = name:id:partitions:offsets,...     name and offsets as 32-bit hashes, the first 6 characters of the id, base 36
 */
import { DragomanError } from '../../errors.js';
import type { Ends, Offsets, TopicNow } from '../ports.js';
import { hash as hashed } from './hash.js';
import { topicName } from '../topic-name.js';
import type { FormerProgress } from './former-progress.js';

export interface GroundNow {
  readonly cluster: string;
  /** Empty where topics cannot be re-created. */
  readonly topics: ReadonlyMap<string, TopicNow>;
  readonly offsets: Offsets;
}

const ID_CHARS = 6;
const hash = (text: string): string => hashed(text).toString(36);

/**
 * @param accepted topics that an operator vouches for: as they are now they are right, with their offsets.
 * @throws DragomanError CLUSTER_CHANGED, TOPIC_RECREATED, PARTITIONS_CHANGED, OFFSETS_MOVED
 */
export function checkFormerGround(
  { footprint }: Pick<FormerProgress, 'footprint'>,
  { cluster, topics, offsets }: GroundNow,
  accepted: ReadonlySet<string>,
): void {
  if (footprint.cluster !== cluster)
    throw changed(
      'CLUSTER_CHANGED',
      `The version before committed on cluster ${footprint.cluster}; this is ${cluster}`,
    );
  const known = new Map(footprint.topics.split(',').map((text) => [text.slice(0, text.indexOf(':')), text.split(':')]));
  const moved = offsetHashes(offsets);
  for (const topic of new Set([...topics.keys(), ...moved.keys()])) {
    const before = known.get(hash(topic));
    if (before === undefined || accepted.has(topic)) continue; // a topic that is new to this pipeline
    const [, id = '', partitions = '', offsetsBefore = ''] = before;
    const now = topics.get(topic);
    if (now !== undefined && differs(id, now.id.slice(0, ID_CHARS)))
      throw changed('TOPIC_RECREATED', `Topic ${topic} was deleted and made again since the version before committed`);
    if (now !== undefined && differs(partitions, now.partitions.toString(36)))
      throw changed(
        'PARTITIONS_CHANGED',
        `Topic ${topic} had ${parseInt(partitions, 36)} partitions and has ${now.partitions}`,
      );
    if (differs(offsetsBefore, moved.get(topic) ?? ''))
      throw changed(
        'OFFSETS_MOVED',
        `The committed offsets of ${topic} are not those that the version before committed`,
      );
  }
}

const differs = (known: string, now: string): boolean => known !== '' && known !== now;

/** By topic: one number for the offsets of all its partitions. */
function offsetHashes(offsets: Offsets): Map<string, string> {
  const texts = new Map<string, string[]>();
  for (const [partition, offset] of offsets) {
    const topic = topicName(partition);
    texts.set(topic, [...(texts.get(topic) ?? []), `${partition}=${offset}`]);
  }
  return new Map([...texts].map(([topic, list]) => [topic, hash(list.sort().join())]));
}

type Changed = 'CLUSTER_CHANGED' | 'TOPIC_RECREATED' | 'PARTITIONS_CHANGED' | 'OFFSETS_MOVED';

const changed = (code: Changed, what: string): DragomanError =>
  new DragomanError(
    code,
    `${what}. Orders would be lost or repeated, so nothing was written. Put back what was changed` +
      (code === 'CLUSTER_CHANGED' ? ' (kafka.brokers), or' : ', or vouch for the topic with --accept-topics, or') +
      ' start a new namespace after a new snapshot.',
  );

/**
 * The journal of the version before is compacted: nothing of it expires, and it has everything that was committed.
 * @throws DragomanError JOURNAL_LOST
 */
export function checkFormerJournal({ journal }: Pick<FormerProgress, 'journal'>, begins: Ends, ends: Ends): void {
  const now = ends.journal;
  const isShorter =
    journal.some((offset, partition) => offset > (now[partition] ?? 0)) || journal.length !== now.length;
  const cut = begins.journal.findIndex((offset) => offset > 0);
  if (!isShorter && cut === -1) return;
  throw new DragomanError(
    'JOURNAL_LOST',
    (isShorter
      ? 'The journal ends before what the version before committed, or has another number of partitions. '
      : `Partition ${cut} of the journal begins at offset ${begins.journal[cut]}: records of it were deleted, by retention (before it is ` +
        'converted its cleanup.policy must be compact) or by a tool. ') +
      'States are missing, and what they published would be published again; nothing was written. Restore the topic, or start a new namespace.',
    { details: { committed: journal, begins: begins.journal, ends: now } },
  );
}
